import { type Clock, OhmworkError, rowsOf, type Seconds, withDeadline } from "@ohmwork/core";
import { measureRows } from "@ohmwork/learning";
import type { Device } from "./device.ts";

export type Verdict =
  | { readonly state: "good"; readonly probe: { readonly before: number; readonly after: number } }
  | {
      readonly state: "rolled-back";
      readonly reason: string;
      readonly detail: string;
      readonly probe?: { readonly before: number; readonly after: number };
    };

/** What a new set may be worse by, on the probe rows, and still be good: measuring is not exact. */
const mayWorsen = 0.05;

/**
 * Programs values and tells from the probe rows (the test rows, which nothing is learned from) whether they may stay: they
 * may when the score is a number and at most 0.05 lower (accuracy) or 5 % higher (error) than before. If they may not, or
 * anything goes wrong, what was there before is programmed again.
 */
export async function tryValues(
  device: Pick<Device, "system" | "task">,
  values: Float32Array,
  options: { readonly clock: Clock; readonly limit: Seconds; readonly signal?: AbortSignal; readonly onProbation?: () => void },
): Promise<Verdict> {
  const { system, task } = device;
  const { onProbation = () => undefined, ...deadline } = options;
  const { values: old } = await system.parameters();
  let before = Number.NaN;
  let after = Number.NaN;
  const score = async (signal: AbortSignal, revision?: number): Promise<number> => {
    const measured = await measureRows(system, task.test.inputs, signal);
    if (revision !== undefined && measured.revision !== revision) throw new ProbationBrokenError("The parameters changed", {});
    // A score that counts right answers takes an output that is no number for a wrong answer, no more.
    return measured.outputs.data.every((volts) => Number.isFinite(volts)) ? task.score(measured.outputs, task.test) : Number.NaN;
  };
  const trial = async (signal: AbortSignal): Promise<void> => {
    before = await score(signal);
    const revision = await system.program(values, { signal });
    onProbation();
    after = await score(signal, revision);
  };
  const failed = (reason: string, detail: string): Verdict => {
    const probe = { before, after };
    const isMeasured = Number.isFinite(before) && Number.isFinite(after);
    return { state: "rolled-back", reason, detail, ...(isMeasured && { probe }) };
  };
  const verdict = await withDeadline(trial, { ...deadline, what: "The probation" }).then(
    () => judge(task.kind, before, after, rowsOf(task.test.inputs).count, failed),
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
  kind: Device["task"]["kind"],
  before: number,
  after: number,
  rows: number,
  failed: (reason: string, detail: string) => Verdict,
): Verdict {
  if (!Number.isFinite(after)) return failed("not-a-number", `What the ${rows} probe rows gave is no number`);
  const isWorse = kind === "classification" ? after < before - mayWorsen : after > before * (1 + mayWorsen);
  if (isWorse) return failed("worse", `Score on ${rows} probe rows was ${before}, with the update it is ${after}`);
  return { state: "good", probe: { before: Number.isFinite(before) ? before : after, after } };
}
