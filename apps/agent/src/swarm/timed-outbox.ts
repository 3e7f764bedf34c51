import type { Outbox } from "../outbox.ts";

/** The same outbox, which tells of each sample of this boot how long it took from being taken to being acknowledged [s]. */
export function timedOutbox(
  outbox: Outbox,
  monotonic: () => number,
  counted: { readonly onTaken: (samples: number) => void; readonly onAcknowledged: (seconds: number) => void },
): Outbox {
  /** Of the samples that wait, in the order in which they are acknowledged; others are older than this process. */
  const takenAt: number[] = [];
  let others = outbox.state().depth;
  return {
    durable: outbox.durable,
    state: () => outbox.state(),
    after: (position) => outbox.after(position),
    add: (samples) => {
      const taken = outbox.add(samples);
      for (let i = 0; i < taken; i += 1) takenAt.push(monotonic());
      counted.onTaken(taken);
      return taken;
    },
    acknowledge: (upTo) => {
      const before = outbox.state().depth;
      const isNews = outbox.acknowledge(upTo);
      const gone = before - outbox.state().depth;
      const older = Math.min(others, gone);
      others -= older;
      for (const at of takenAt.splice(0, gone - older)) counted.onAcknowledged(monotonic() - at);
      return isNews;
    },
    [Symbol.dispose]: () => outbox[Symbol.dispose](),
  };
}
