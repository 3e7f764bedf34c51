import type { LearningDevice } from "@ohmwork/agent";
import { createFakeLearner, createSumTask } from "@ohmwork/runtime/testing";

const rows = Array.from({ length: 40 }, (_, i): [number, number] => [i % 5, (i * 3) % 5]);

/** A device that learns half its first input plus a quarter of its second, scored by its largest error, on 40 rows. */
export function createSumDevice(): LearningDevice {
  return {
    fleet: "home",
    id: "d1",
    system: createFakeLearner(),
    systemName: "fake learner",
    ruleName: "Widrow-Hoff",
    task: createSumTask(rows),
    steps: 2000,
    seed: 1,
  };
}
