import { readdirSync } from "node:fs";

/** What a process uses of the machine. */
export type Usage = {
  /** Since it began to say so [s]. */
  readonly at: number;
  /** After its garbage was collected [bytes]. */
  readonly heap: number;
  /** What is resident of it [bytes]. */
  readonly resident: number;
  /** Open files and sockets; 0 where the system does not say. */
  readonly descriptors: number;
};

/** Says on standard output, a line of JSON at a time, what this process uses; it must be started with `--expose-gc`. */
export function sayUsage(everyMilliseconds: number): void {
  const begun = performance.now();
  setInterval(() => {
    globalThis.gc?.();
    const { heapUsed: heap, rss: resident } = process.memoryUsage();
    const usage: Usage = { at: (performance.now() - begun) / 1000, heap, resident, descriptors: countDescriptors() };
    console.log(JSON.stringify(usage));
  }, everyMilliseconds);
}

function countDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0; // not Linux
  }
}
