import { ad5220, createCircuit } from "@ohmwork/circuit";
import { batchOf, type LearningRule, Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { expect, it } from "vitest";
import { paced } from "./paced.ts";
import { createSelfLearningNetwork } from "./self-learning-network.ts";

const rule: LearningRule = {
  name: "none",
  contrast: "free-clamped",
  swapReplicas: false,
  nudge: () => 0,
  change: () => undefined,
};

it("paced() reports when a circuit of that speed would", async () => {
  const circuit = createCircuit(["a", "b"], [{ name: "ab", from: 0, to: 1, law: ad5220(10_000) }]);
  const clock = createFakeClock();
  const network = createSelfLearningNetwork({
    circuit,
    sources: [0],
    outputs: [{ node: 1 }],
    sourceVolts: { min: 0, max: 1 },
    rule,
    seed: 1,
  });
  await using system = paced(network, 100, clock);
  const reports: [step: number, at: number][] = [];
  const learning = (async () => {
    for await (const { step } of system.learn(batchOf([[1]]), batchOf([[1]]), { steps: 30, reportEvery: 10 })) {
      reports.push([step, clock.monotonic()]);
    }
  })();
  for (let i = 0; i < 40; i += 1) await clock.advance(Seconds(0.01));
  await learning;
  expect(reports.map(([step]) => step)).toEqual([10, 20, 30]);
  for (const [step, at] of reports) expect(at).toBeCloseTo(step / 100, 1);
});
