import { type Clock, DeadlineExceededError, type Seconds, withDeadline } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import { messages } from "@ohmwork/wire";
import type { Outbox, WaitingSample } from "./outbox.ts";

/** Brings what is in an outbox to a trainer, as often as it takes. */
export interface Delivery {
  /** Sends what may be sent now. */
  pump(): void;
  /** Takes everything that is not acknowledged for not sent. */
  rewind(): void;
  /** An acknowledgement came: of each boot, up to which `seq`. False when it is no news. */
  acknowledge(upTo: Readonly<Record<string, number>>): boolean;
  /** True once nothing waits; false at the limit. */
  drained(limit: Seconds): Promise<boolean>;
}

/** Samples on their way at a time: enough to fill one commit of a trainer, few enough to send again without harm. */
const window = 256;

/** Sends samples of `outbox` to `topic` in order, at most 256 ahead of the acknowledgements. */
export function createDelivery(outbox: Outbox, connection: MqttConnection, topic: string, clock: Clock): Delivery {
  let sent = 0;
  let onTheWay: Pick<WaitingSample, "boot" | "seq">[] = [];
  let waiters: (() => void)[] = [];

  const pump = (): void => {
    while (connection.connected && onTheWay.length < window) {
      const next = outbox.after(sent);
      if (next === undefined) return;
      const { position, boot, seq, payload } = next;
      sent = position;
      onTheWay.push({ boot, seq });
      // Not waited for: whether it arrived, only a trainer can say.
      void connection.publish(topic, payload, messages.sample);
    }
  };

  return {
    pump,
    rewind: () => {
      sent = 0;
      onTheWay = [];
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
