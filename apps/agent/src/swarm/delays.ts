/** Times that something took, of which the newest are kept. */
export interface Delays {
  add(seconds: number): void;
  /** Undefined while there is none. Of the newest 100,000 [s]. */
  summary(): DelaySummary | undefined;
  clear(): void;
}

export type DelaySummary = {
  readonly count: number;
  readonly medianSeconds: number;
  /** Shorter than this are 99 of 100. */
  readonly p99Seconds: number;
  readonly longestSeconds: number;
};

const mostKept = 100_000;

export function createDelays(): Delays {
  const kept = new Float64Array(mostKept);
  let count = 0;
  return {
    add: (seconds) => {
      kept[count % mostKept] = seconds;
      count += 1;
    },
    summary: () => {
      if (count === 0) return undefined;
      const sorted = kept.slice(0, Math.min(count, mostKept)).toSorted();
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
      return { count, medianSeconds: at(0.5), p99Seconds: at(0.99), longestSeconds: at(1) };
    },
    clear: () => void (count = 0),
  };
}
