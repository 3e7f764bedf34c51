import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { differentiate } from "../differentiate.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { loadModel } from "../onnx/load-model.ts";
import { numbersOf, tensor, type FloatType, type Tensor } from "../tensor.ts";
import { testRuntime } from "../testing/test-runtime.ts";

type Numbers = { readonly shape: readonly number[]; readonly data: readonly number[] };
type Answer = {
  readonly type: FloatType;
  readonly x: Numbers;
  readonly target: Numbers;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Numbers>>;
};

const read = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));

/** Largest difference as a share of the largest entry of what is expected. */
function apart(found: Tensor | undefined, { shape, data }: Numbers): number {
  if (found?.shape.join() !== shape.join()) return Number.POSITIVE_INFINITY;
  const largest = Math.max(...data.map(Math.abs));
  return Math.max(...numbersOf(found).map((value, index) => Math.abs(value - (data[index] as number)))) / largest;
}

// PyTorch found these by its own automatic differentiation of its own modules: make_gradients.py.
it.each([
  ["mlp", 1e-10],
  ["cnn", 1e-5],
  ["gru", 1e-10],
  ["lstm", 1e-10],
  ["attention", 1e-10],
])("%s has the gradients that PyTorch finds", async (name, tolerance) => {
  const answer = JSON.parse(read(`${name}.json`).toString()) as Answer;
  const graph = loadModel(read(`${name}.onnx`));
  const withGradients = differentiate(graph, { of: "loss", by: Object.keys(answer.gradients) });
  await using session = await testRuntime.load(encodeModel(withGradients));
  const given = ({ shape, data }: Numbers): Tensor => tensor(answer.type, shape, data);
  const found = await session.run({ x: given(answer.x), target: given(answer.target) });
  expect(apart(found["loss"], { shape: [], data: [answer.loss] })).toBeLessThan(tolerance);
  for (const [key, expected] of Object.entries(answer.gradients)) {
    expect(apart(found[`grad_${key}`], expected), key).toBeLessThan(tolerance);
  }
});
