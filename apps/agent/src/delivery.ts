import { type Clock, DeadlineExceededError, type Seconds, withDeadline } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import type { Outbox } from "./outbox.ts";
import { publishWhole } from "./whole-messages.ts";

/** Brings what is in an outbox to a trainer, as often as it takes. */
export interface Delivery {
  /** Sends what may be sent now. */
  pump(): void;
  /** Takes everything that is not acknowledged for not sent. */
  rewind(): void;
  /** Sends again what was sent of a boot from a `seq` on, and what stands behind it; gives how many of that boot that are. */
  replay(boot: string, from: number): number;
  /** An acknowledgement came: of each boot, up to which `seq`. False when it is no news. */
  acknowledge(upTo: Readonly<Record<string, number>>): boolean;
  /** True once nothing waits; false at the limit. */
  drained(limit: Seconds): Promise<boolean>;
}

/** Samples on their way at a time: enough to fill one commit of a trainer, few enough to send again without harm. */
const window = 256;
/** Bytes that they may have together, unless one alone has more. */
const windowBytes = 4 * 1024 * 1024;

type Sent = { readonly position: number; readonly boot: string; readonly seq: number; readonly bytes: number };

/** Sends samples of a device's `outbox` in order, at most 256 or 4 MiB ahead of the acknowledgements. */
export function createDelivery(
  outbox: Outbox,
  connection: MqttConnection,
  device: { readonly fleet: string; readonly id: string },
  clock: Clock,
): Delivery {
  let sent = 0;
  let onTheWay: Sent[] = [];
  let waiters: (() => void)[] = [];

  const pump = (): void => {
    let room = windowBytes - onTheWay.reduce((sum, { bytes }) => sum + bytes, 0);
    while (connection.connected && onTheWay.length < window) {
      const next = outbox.after(sent);
      if (next === undefined) return;
      const { position, boot, seq, payload } = next;
      room -= payload.length;
      if (room < 0 && onTheWay.length > 0) return;
      sent = position;
      onTheWay.push({ position, boot, seq, bytes: payload.length });
      // Not waited for: whether it arrived, only a trainer can say.
      void publishWhole(connection, "sample", device, payload, `${seq}`);
    }
  };

  return {
    pump,
    rewind: () => {
      sent = 0;
      onTheWay = [];
    },
    replay: (boot, from) => {
      const first = onTheWay.find((one) => one.boot === boot && one.seq >= from);
      if (first === undefined) return 0;
      const again = onTheWay.filter(({ position }) => position >= first.position);
      onTheWay = onTheWay.filter(({ position }) => position < first.position);
      sent = first.position - 1;
      pump();
      return again.filter((one) => one.boot === boot).length;
    },
    acknowledge: (upTo) => {
      if (!outbox.acknowledge(upTo)) return false;
      onTheWay = onTheWay.filter(({ boot, seq }) => seq > (upTo[boot] ?? 0));
      pump();
      if (outbox.state().depth > 0) return true;
      for (const wake of waiters) wake();
      waiters = [];
      return true;
    },
    drained: async (limit) => {
      if (outbox.state().depth === 0) return true;
      try {
        await withDeadline(() => new Promise<void>((resolve) => void waiters.push(resolve)), { clock, limit, what: "Draining" });
        return true;
      } catch (error) {
        if (error instanceof DeadlineExceededError) return false;
        throw error;
      }
    },
  };
}
