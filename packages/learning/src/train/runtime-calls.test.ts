import { describe, expect, it } from "vitest";
import type { Layer } from "../network/layer.ts";
import { planNetwork } from "../network/plan.ts";
import { bentPorts, bentTwin, createBentDevice } from "../testing/bent-device.ts";
import { ringOptions, rings } from "../testing/rings.ts";
import { type WatchedRuntime, watchedRuntime } from "../testing/watched-runtime.ts";
import { type TrainingRule, trainingRules } from "./phase.ts";
import { train } from "./train.ts";

const examples = rings(16, 1);
const physical: Layer = { kind: "physical", system: "bent", start: [{ deviation: 0.8 }] };
const mixing: Layer = { kind: "linear", outputs: 2 };

/** Runs of a graph in so many steps. */
async function runsIn(steps: number, layers: readonly Layer[], rule: TrainingRule, runtime: WatchedRuntime): Promise<number> {
  const parts = {
    plan: planNetwork({ inputs: 2, layers }, { bent: { ...bentPorts(2), twin: bentTwin(2), width: 2 } }),
    runtime,
    devices: { bent: createBentDevice(2, Float32Array.of(1, 1, 1, 1)) },
    batches: () => [examples],
    batchesPerEpoch: 1,
    examples,
  };
  const training = train(parts, trainingRules[rule], { ...ringOptions, epochs: steps }, { seed: 1 });
  while ((await training.next()).done !== true);
  return runtime.runs();
}

const networks: Readonly<Record<string, { readonly layers: readonly Layer[]; readonly pat: number }>> = {
  "nothing is computed before or between the measurements": { layers: [physical, physical, mixing], pat: 1 },
  "something is computed before the first measurement": { layers: [mixing, physical, physical, mixing], pat: 2 },
  "something is computed between them": { layers: [physical, { kind: "tanh" }, physical, mixing], pat: 2 },
  "something is computed before, between and behind": {
    layers: [mixing, physical, { kind: "tanh" }, physical, { kind: "sigmoid" }, physical, mixing],
    pat: 4,
  },
  "values are only handed on across the measurements": {
    layers: [{ kind: "keep", name: "x" }, physical, physical, { kind: "add-kept", name: "x" }, mixing],
    pat: 1,
  },
};

describe("a step of training", () => {
  for (const [what, { layers, pat }] of Object.entries(networks)) {
    it(`takes ${pat} runs of a graph by PAT and one in silico when ${what}`, async () => {
      expect(await runsIn(5, layers, "pat", watchedRuntime())).toBe(5 * pat);
      expect(await runsIn(5, layers, "in-silico", watchedRuntime())).toBe(5);
    });
  }
});
