export type BoundedMemoryOptions<Value> = {
  /** Values that are kept at the most. */
  readonly most: number;
  /** Bytes that they may have together; one that has more than that is kept alone. */
  readonly mostBytes: number;
  readonly bytesOf: (value: Value) => number;
};

/** Keeps what was used last, within bounds. */
export interface BoundedMemory<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function createBoundedMemory<Value>({ most, mostBytes, bytesOf }: BoundedMemoryOptions<Value>): BoundedMemory<Value> {
  /** In the order of use, the longest unused first. */
  const kept = new Map<string, Value>();
  let bytes = 0;

  const remove = (key: string): void => {
    const value = kept.get(key);
    if (value === undefined) return;
    kept.delete(key);
    bytes -= bytesOf(value);
  };

  return {
    get: (key) => {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set: (key, value) => {
      remove(key);
      kept.set(key, value);
      bytes += bytesOf(value);
      for (const oldest of kept.keys()) {
        if (oldest === key || (kept.size <= most && bytes <= mostBytes)) return;
        remove(oldest);
      }
    },
  };
}
