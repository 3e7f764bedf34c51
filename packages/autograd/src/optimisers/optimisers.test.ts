import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBuilder } from "../builder.ts";
import { gradients } from "../gradients.ts";
import type { Graph, Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, type Tensor, tensor } from "../tensor.ts";
import { testRuntime } from "../testing/index.ts";
import { adam } from "./adam.ts";
import { clipByNorm } from "./clip-by-norm.ts";
import type { Optimiser } from "./optimiser.ts";
import { rmsProp } from "./rms-prop.ts";
import { sgd } from "./sgd.ts";

/** What PyTorch's optimisers do on the same valley: pytorch/make_answers.py. */
const answers = JSON.parse(readFileSync(join(import.meta.dirname, "pytorch/answers.json"), "utf8")) as {
  start: number[];
  trajectories: Record<string, Record<string, number[]>>;
};
const { start } = answers;
const shape = [start.length];

type Case = { readonly optimiser: Optimiser; readonly rate: number; readonly clip?: number; readonly tolerance?: number };

const cases: Readonly<Record<string, Case>> = {
  sgd: { optimiser: sgd(), rate: 0.01 },
  "sgd with decay": { optimiser: sgd({ decay: 0.1 }), rate: 0.01 },
  "sgd with momentum": { optimiser: sgd({ momentum: 0.8, decay: 0.1 }), rate: 0.01 },
  "sgd with Nesterov's momentum": { optimiser: sgd({ momentum: 0.8, nesterov: true }), rate: 0.01 },
  // PyTorch divides by the norm and a millionth more.
  "sgd of clipped gradients": { optimiser: sgd(), rate: 0.1, clip: 1.5, tolerance: 1e-5 },
  adam: { optimiser: adam(), rate: 0.05 },
  "adam with its numbers": { optimiser: adam({ beta1: 0.7, beta2: 0.9, epsilon: 1e-3 }), rate: 0.05 },
  adamw: { optimiser: adam({ decay: 0.2 }), rate: 0.05 },
  rmsprop: { optimiser: rmsProp(), rate: 0.02 },
  "rmsprop with momentum": { optimiser: rmsProp({ alpha: 0.9, epsilon: 1e-3, momentum: 0.5, decay: 0.1 }), rate: 0.01 },
};

/** One step down Rosenbrock's valley in six dimensions, with a floor of 5. */
function stepOf({ optimiser, clip }: Case): Graph {
  const b = createBuilder();
  const parameters = b.input("parameters", "float64", shape);
  const slots = optimiser.slots.map((name) => b.input(name, "float64", shape));
  const [rate, step] = [b.input("rate", "float64", []), b.input("step", "float64", [])];
  const [before, after] = [b.slice(parameters, [0], [5], [0]), b.slice(parameters, [1], [6], [0])];
  const [away, aside] = [b.sub(1, before), b.sub(after, b.mul(before, before))];
  const loss = b.reduceSum(b.add(b.mul(away, away), b.mul(b.mul(aside, aside), 5)));
  const [slope] = gradients(b, { of: [loss], by: [parameters] });
  const halves = [b.slice(slope as Value, [0], [2], [0]), b.slice(slope as Value, [2], [6], [0])];
  const gradient = b.concat(clipByNorm(b, halves, clip).gradient, 0);
  const next = optimiser.update(b, { parameters, gradient, slots, rate, step });
  const outputs: Record<string, Value> = { next: next.parameters };
  for (const [index, name] of optimiser.slots.entries()) outputs[`next ${name}`] = next.slots[index] as Value;
  return b.build({ outputs });
}

describe("optimisers", () => {
  for (const [name, wanted] of Object.entries(answers.trajectories)) {
    it(`${name} goes the way that PyTorch goes`, async () => {
      const at = cases[name] as Case;
      const { optimiser, rate, tolerance = 1e-10 } = at;
      await using session = await testRuntime.load(encodeModel(stepOf(at)));
      let parameters = tensor("float64", shape, start);
      let slots = optimiser.init(parameters);
      let compared = 0;
      for (let step = 1; step <= 20; step += 1) {
        const scalars = { rate: tensor("float64", [], [rate]), step: tensor("float64", [], [step]) };
        const feeds: Record<string, Tensor> = { parameters, ...scalars };
        for (const [index, slot] of optimiser.slots.entries()) feeds[slot] = slots[index] as Tensor;
        const made = await session.run(Object.fromEntries(session.inputs.map((input) => [input, feeds[input] as Tensor])));
        parameters = made["next"] as Tensor;
        slots = optimiser.slots.map((slot) => made[`next ${slot}`] as Tensor);
        const there = wanted[step];
        if (there === undefined) continue;
        compared += 1;
        const gap = numbersOf(parameters).map((value, i) => Math.abs(value - (there[i] as number)));
        expect(Math.max(...gap), `step ${step}`).toBeLessThan(tolerance);
      }
      expect(compared).toBe(5);
    });
  }

  it("are all compared", () => expect(Object.keys(answers.trajectories)).toEqual(Object.keys(cases)));

  it("refuse Nesterov's form without momentum", () => {
    expect(() => sgd({ nesterov: true })).toThrow(new RangeError("Nesterov's form needs a momentum above 0: 0 given"));
  });
});
