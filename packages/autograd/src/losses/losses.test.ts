import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBuilder } from "../builder.ts";
import { gradients } from "../gradients.ts";
import type { Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, type Tensor, tensor } from "../tensor.ts";
import { testRuntime } from "../testing/index.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { hinge } from "./hinge.ts";
import type { Loss } from "./loss.ts";
import { meanSquaredError } from "./mean-squared-error.ts";

type Answer = { readonly loss: number; readonly gradient: readonly number[] };

/** What PyTorch's losses give: ../optimisers/pytorch/make_answers.py. */
const { losses } = JSON.parse(readFileSync(join(import.meta.dirname, "../optimisers/pytorch/answers.json"), "utf8")) as {
  losses: { readonly scores: number[]; readonly labels: number[] } & Record<string, Answer>;
};
const { scores, labels, ...wanted } = losses;
const shape = [labels.length, scores.length / labels.length];

const here: Readonly<Record<string, Loss>> = {
  crossEntropy,
  meanSquaredError,
  hinge,
  "hinge of another margin": (b, x, t) => hinge(b, x, t, 0.4),
};

describe("losses", () => {
  for (const [name, answer] of Object.entries(wanted as Record<string, Answer>)) {
    it(`${name} and its gradient are PyTorch's`, async () => {
      const b = createBuilder();
      const [x, t] = [b.input("scores", "float64", shape), b.input("targets", "float64", shape)];
      const loss = (here[name] as Loss)(b, x, t);
      const [gradient] = gradients(b, { of: [loss], by: [x] });
      await using session = await testRuntime.load(encodeModel(b.build({ outputs: { loss, gradient: gradient as Value } })));
      const oneHot = new Float64Array(scores.length);
      for (const [row, label] of labels.entries()) oneHot[row * (shape[1] as number) + label] = 1;
      const made = await session.run({ scores: tensor("float64", shape, scores), targets: tensor("float64", shape, oneHot) });
      expect(numbersOf(made["loss"] as Tensor)[0]).toBeCloseTo(answer.loss, 12);
      for (const [i, value] of numbersOf(made["gradient"] as Tensor).entries())
        expect(value).toBeCloseTo(answer.gradient[i] as number, 11);
    });
  }

  it("are all compared", () => expect(Object.keys(wanted)).toEqual(Object.keys(here)));
});
