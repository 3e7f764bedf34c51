import type { Device } from "@ohmwork/agent";
import { batchOf } from "@ohmwork/core";
import { createFakeLearner } from "@ohmwork/runtime/testing";

const rows = Array.from({ length: 40 }, (_, i) => [i % 5, (i * 3) % 5]);
const examples = { inputs: batchOf(rows), labels: batchOf(rows.map(([a = 0, b = 0]) => [a / 2 + b / 4])) };

/** A device that learns half its first input plus a quarter of its second, scored by its largest error, on 40 rows. */
export function createSumDevice(): Device {
  return {
    fleet: "home",
    id: "d1",
    system: createFakeLearner(),
    systemName: "fake learner",
    ruleName: "Widrow-Hoff",
    task: {
      name: "sum",
      train: examples,
      test: examples,
      score: (outputs, { labels }) => Math.max(...outputs.data.map((volts, i) => Math.abs(volts - (labels.data[i] as number)))),
    },
    steps: 2000,
    seed: 1,
  };
}
