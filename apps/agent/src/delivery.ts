import { type Clock, DeadlineExceededError, type Seconds, withDeadline } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import { messages } from "@ohmwork/wire";
import type { Outbox } from "./outbox.ts";

/** Brings what is in an outbox to a trainer, as often as it takes. */
export interface Delivery {
  /** Sends what may be sent now. */
  pump(): void;
  /** Takes everything that is not acknowledged for not sent. */
  rewind(): void;
  /** An acknowledgement came. */
  acknowledge(upTo: number): void;
  /** True once nothing waits; false at the limit. */
  drained(limit: Seconds): Promise<boolean>;
}

/** Samples on their way at a time: enough to fill one commit of a trainer, few enough to send again without harm. */
const window = 256;

/** Sends samples of `outbox` to `topic` in order, at most 256 ahead of the last acknowledgement. */
export function createDelivery(outbox: Outbox, connection: MqttConnection, topic: string, clock: Clock): Delivery {
  let sent = 0;
  let waiters: (() => void)[] = [];

  const pump = (): void => {
    while (connection.connected) {
      const next = outbox.after(sent);
      if (next === undefined || next.seq >= outbox.state().oldest + window) return;
      sent = next.seq;
      // Not waited for: whether it arrived, only a trainer can say.
      void connection.publish(topic, next.payload, messages.sample);
    }
  };

  return {
    pump,
    rewind: () => void (sent = outbox.state().oldest - 1),
    acknowledge: (upTo) => {
      if (!outbox.acknowledge(upTo)) return;
      pump();
      if (outbox.state().depth > 0) return;
      for (const wake of waiters) wake();
      waiters = [];
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
