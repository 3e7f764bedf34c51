/** Chunks handed from whoever produces them to the one who iterates over them. */
export type ByteQueue = {
  readonly source: AsyncIterable<Uint8Array>;
  push(chunk: Uint8Array): void;
  /** Ends the iteration after what was pushed. */
  end(): void;
};

export function createByteQueue(): ByteQueue {
  const chunks: Uint8Array[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const signal = (): void => {
    wake?.();
    wake = undefined;
  };
  async function* iterate(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    source: iterate(),
    push: (chunk) => {
      chunks.push(chunk);
      signal();
    },
    end: () => {
      ended = true;
      signal();
    },
  };
}
