import { expect, it } from "vitest";
import { createBuilder } from "../builder.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, type Tensor, tensor } from "../tensor.ts";
import { testRuntime } from "../testing/index.ts";
import { sgd } from "./sgd.ts";
import { withRates } from "./with-rates.ts";

it("withRates() moves each parameter at its own rate, along its gradient and the pull of its penalty", async () => {
  const rates = Float32Array.of(0, 0.5, 2);
  const optimiser = withRates(sgd(), { rates, pull: Float32Array.of(1, 0, 0.25) });
  const b = createBuilder();
  const vector = (name: string): ReturnType<typeof b.input> => b.input(name, "float64", [3]);
  const scalar = (name: string): ReturnType<typeof b.input> => b.input(name, "float64", []);
  const at = { parameters: vector("parameters"), gradient: vector("gradient"), rate: scalar("rate"), step: scalar("step") };
  const next = optimiser.update(b, { ...at, slots: [] });
  await using session = await testRuntime.load(encodeModel(b.build({ outputs: { next: next.parameters } })));
  const made = await session.run({
    parameters: tensor("float64", [3], [1, 2, 4]),
    gradient: tensor("float64", [3], [3, 5, 7]),
    rate: tensor("float64", [], [0.1]),
    step: tensor("float64", [], [1]),
  });
  const wanted = [1, 2 - 0.1 * 0.5 * 5, 4 - 0.1 * 2 * (7 + 0.25 * 4)];
  for (const [i, value] of numbersOf(made["next"] as Tensor).entries()) expect(value).toBeCloseTo(wanted[i] as number, 12);
  expect(optimiser.slots).toEqual([]);
});
