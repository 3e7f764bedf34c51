import type { SelfLearningSystem } from "@ohmwork/core";
import { measureRows } from "@ohmwork/learning";
import type { Examples, Task } from "@ohmwork/tasks";

/** Score of a system on some examples, and the mean power it takes while answering [W], NaN where it cannot tell. */
export async function evaluate(
  system: SelfLearningSystem,
  task: Pick<Task, "score">,
  examples: Examples,
  signal?: AbortSignal,
): Promise<{ score: number; powerWatts: number }> {
  const { outputs, powerWatts } = await measureRows(system, examples.inputs, signal);
  return { score: task.score(outputs, examples), powerWatts };
}
