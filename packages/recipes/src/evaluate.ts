import type { Batch, SelfLearningSystem } from "@ohmwork/core";
import type { Examples, Task } from "@ohmwork/tasks";

/** Score of a system on some examples, and the mean power it dissipates while answering [W], NaN where it does not measure it. */
export async function evaluate(
  system: SelfLearningSystem,
  task: Pick<Task, "score">,
  examples: Examples,
  signal?: AbortSignal,
): Promise<{ score: number; powerWatts: number }> {
  const { stages } = await system.respond(examples.inputs, signal === undefined ? {} : { signal });
  const outputs = stages[system.stages.at(-1)?.name ?? ""] as Batch;
  const power = stages["power"]?.data;
  const powerWatts =
    power === undefined || power.length === 0 ? Number.NaN : power.reduce((sum, watts) => sum + watts, 0) / power.length;
  return { score: task.score(outputs, examples), powerWatts };
}
