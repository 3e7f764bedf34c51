import { type Batch, type Clock, createBatch, OhmworkError, type Port, rowsOf, type Seconds, withDeadline } from "@ohmwork/core";
import { measureRows } from "@ohmwork/learning";
import type { Device, DeviceTask } from "./device.ts";

type Probe = { readonly before: number; readonly after: number };
export type Verdict =
  | { readonly state: "good"; readonly probe?: Probe }
  | { readonly state: "rolled-back"; readonly reason: string; readonly detail: string; readonly probe?: Probe };

/** What a new set may be worse by, on the probe rows, and still be good: measuring is not exact. */
const mayWorsen = 0.05;

/**
 * Programs values and tells from the probe rows (the test rows, which nothing is learned from) whether they may stay: they
 * may when the score is a number and at most 0.05 lower (accuracy) or 5 % higher (error) than before. A device without a task
 * is measured in the middle of its inputs' windows, and numbers are all that is asked of it. If the values may not stay, or
 * anything goes wrong, the old ones are programmed again.
 */
export async function tryValues(
  { system, task }: Pick<Device, "system" | "task">,
  { old, fresh }: { readonly old: Float32Array; readonly fresh: Float32Array },
  options: { readonly clock: Clock; readonly limit: Seconds; readonly signal?: AbortSignal; readonly onProbation?: () => void },
): Promise<Verdict> {
  const { onProbation = () => undefined, ...deadline } = options;
  const rows = task?.test.inputs ?? middleOf(system.ports.inputs);
  let before = Number.NaN;
  let after = Number.NaN;
  const score = async (signal: AbortSignal, revision?: number): Promise<number> => {
    const measured = await measureRows(system, rows, signal);
    if (revision !== undefined && measured.revision !== revision) throw new ProbationBrokenError("The parameters changed", {});
    // A score that counts right answers takes an output that is no number for a wrong answer, no more.
    if (!measured.outputs.data.every((value) => Number.isFinite(value))) return Number.NaN;
    return task === undefined ? 0 : task.score(measured.outputs, task.test);
  };
  const trial = async (signal: AbortSignal): Promise<void> => {
    if (task !== undefined) before = await score(signal);
    const revision = await system.program(fresh, { signal });
    onProbation();
    after = await score(signal, revision);
  };
  const failed = (reason: string, detail: string): Verdict => {
    const isMeasured = Number.isFinite(before) && Number.isFinite(after);
    return { state: "rolled-back", reason, detail, ...(isMeasured && { probe: { before, after } }) };
  };
  const verdict = await withDeadline(trial, { ...deadline, what: "The probation" }).then(
    () => judge(task, { before, after }, rowsOf(rows).count, failed),
    (error: unknown) => failed(error instanceof OhmworkError ? error.code : "failed", (error as Error).message),
  );
  if (verdict.state === "rolled-back") await system.program(old);
  return verdict;
}

/** Somebody else moved the wipers, or a board lost them. */
class ProbationBrokenError extends OhmworkError {
  readonly code = "board-reset";
}

function judge(
  task: DeviceTask | undefined,
  { before, after }: Probe,
  rows: number,
  failed: (reason: string, detail: string) => Verdict,
): Verdict {
  if (!Number.isFinite(after)) return failed("not-a-number", `What the ${rows} probe rows gave is no number`);
  if (task === undefined) return { state: "good" };
  const isWorse = task.kind === "classification" ? after < before - mayWorsen : after > before * (1 + mayWorsen);
  if (isWorse) return failed("worse", `Score on ${rows} probe rows was ${before}, with the update it is ${after}`);
  return { state: "good", probe: { before: Number.isFinite(before) ? before : after, after } };
}

/** One row in the middle of every window. */
function middleOf(ports: readonly Port[]): Batch {
  const row = Float32Array.from(ports.flatMap(({ size, min, max }) => Array.from({ length: size }, () => (min + max) / 2)));
  return createBatch(row, [1, row.length]);
}
