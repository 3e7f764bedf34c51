import { AbortedError } from "@ohmwork/core";

/** Room for so many bytes, which those who come first have first. */
export interface ByteRoom {
  /**
   * Waits until there is room for so many, or nobody else has any; what it gives makes room again.
   *
   * @throws AbortedError when the signal fires first
   */
  take(bytes: number, signal: AbortSignal): Promise<() => void>;
}

type Waiting = { readonly bytes: number; readonly enter: () => void };

export function createByteRoom(most: number): ByteRoom {
  let taken = 0;
  const waiting: Waiting[] = [];

  const letIn = (): void => {
    for (let next = waiting[0]; next !== undefined && (taken === 0 || taken + next.bytes <= most); next = waiting[0]) {
      waiting.shift();
      taken += next.bytes;
      next.enter();
    }
  };

  return {
    take: (bytes, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new AbortedError("A question"));
        const leave = (): void => {
          waiting.splice(waiting.indexOf(mine), 1);
          reject(new AbortedError("A question"));
          letIn(); // who stood behind it may need less
        };
        const mine: Waiting = {
          bytes,
          enter: () => {
            signal.removeEventListener("abort", leave);
            let isIn = true;
            resolve(() => {
              if (isIn) taken -= bytes;
              isIn = false;
              letIn();
            });
          },
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.push(mine);
        letIn();
      }),
  };
}
