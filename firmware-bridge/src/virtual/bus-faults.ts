/** Something wrong on a bus or a line, as a person with a logic analyser would put it. */
export type BusFault = {
  readonly message: string;
  readonly count: number;
  /** Board time when it was first seen [s]. */
  readonly firstSeconds: number;
};

/** Takes a message about wrong bus use. */
export type ReportFault = (message: string) => void;

/** Different messages that are kept; a firmware that does everything wrong must not fill the memory. */
const LARGEST_LOG = 200;

/** Collects faults: one entry for each message, with how often it was seen. */
export interface FaultLog {
  readonly report: ReportFault;
  list(): readonly BusFault[];
}

export function createFaultLog(seconds: () => number): FaultLog {
  const seen = new Map<string, { count: number; readonly firstSeconds: number }>();
  const report = (message: string): void => {
    const entry = seen.get(message);
    if (entry !== undefined) entry.count += 1;
    else if (seen.size < LARGEST_LOG) seen.set(message, { count: 1, firstSeconds: seconds() });
  };
  return { report, list: () => [...seen].map(([message, entry]) => ({ message, ...entry })) };
}

/** "1 byte", "2 bytes". */
export function bytesOf(count: number): string {
  return `${count} byte${count === 1 ? "" : "s"}`;
}

/** "0x0f". */
export function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
