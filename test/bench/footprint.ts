import { readdirSync, readFileSync } from "node:fs";

/** Of /proc/[pid]/stat (proc(5)): USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Memory [MiB] and processor time [s] of a process, as Linux counts them. */
export function footprintOf(pid: number): { resident: number; peak: number; processorSeconds: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  return {
    resident: mebibytes("VmRSS"),
    peak: mebibytes("VmHWM"),
    processorSeconds: processorSecondsOf(`/proc/${pid}/stat`),
  };
}

/** Processor time [s] of the threads of a process by their names, those of one name together. */
export function threadSecondsOf(pid: number): Readonly<Record<string, number>> {
  const seconds: Record<string, number> = {};
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const name = readFileSync(`${folder}/comm`, "utf8").trim();
    seconds[name] = (seconds[name] ?? 0) + processorSecondsOf(`${folder}/stat`);
  }
  return seconds;
}

function processorSecondsOf(file: string): number {
  const [, fields = ""] = /\) (.*)$/s.exec(readFileSync(file, "utf8")) ?? [];
  const [userTicks, systemTicks] = fields.split(" ").slice(11, 13).map(Number) as [number, number];
  return (userTicks + systemTicks) / TICKS_PER_SECOND;
}
