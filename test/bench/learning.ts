import { createExperiment } from "@ohmwork/recipes";

/** Presentations measured for each rule: enough that the just-in-time compiler has long finished. */
const STEPS = 300_000;

/** Learning steps per second on the 16 edges of bench-16 with every declared imperfection: one free and one clamped state each. */
export async function learningStepsPerSecond(rule = "tick-probability"): Promise<number> {
  const { system, task } = createExperiment("iris", { seed: 1, rule });
  await using _ = system;
  const learnFor = async (steps: number): Promise<void> => {
    for await (const progress of system.learn(task.train.inputs, task.train.labels, { steps, reportEvery: steps })) void progress;
  };
  await learnFor(STEPS / 10); // warm up
  const started = performance.now();
  await learnFor(STEPS);
  return STEPS / ((performance.now() - started) / 1000);
}
