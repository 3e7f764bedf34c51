import { expect, test } from "vitest";
import { createBuilder, type GraphBuilder } from "../builder.ts";
import { gradients } from "../gradients.ts";
import { type Graph, text, type Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, type Tensor, tensor } from "../tensor.ts";
import { testRuntime } from "../testing/test-runtime.ts";
import { simplify } from "./simplify.ts";

type Results = Readonly<Record<string, readonly number[]>>;

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Results> {
  await using session = await testRuntime.load(encodeModel(graph));
  return Object.fromEntries(Object.entries(await session.run(feeds)).map(([name, value]) => [name, numbersOf(value)]));
}

function float32(shape: readonly number[], values: readonly number[]): Tensor {
  return tensor("float32", shape, values);
}

const chosen: Record<string, [make: (g: GraphBuilder, x: Value) => Value, x: readonly number[], wanted: readonly number[]]> = {
  "a product that is no number": [
    (g, x) => {
      const product = g.matMul(x, g.constant(float32([2, 2], [1, 0, 0, 1])));
      return g.where(g.op("Not", [g.op("IsNaN", [product])]), product, 0);
    },
    [1, 2, Number.NaN, 3],
    [1, 2, 0, 0],
  ],
  "a sum of what is infinite": [
    (g, x) => g.where(g.greater(g.reduceProd(x, [1]), 0), g.reduceSum(g.log(x), [1]), 0),
    [1, 1, 0, 3],
    [0, 0],
  ],
  "the slope of a root at 0, added up": [
    (g, x) => {
      const root = g.sqrt(g.add(g.relu(x), g.constant(float32([2, 2, 2], Array<number>(8).fill(0)))));
      return gradients(g, { of: [g.reduceSum(root)], by: [x] })[0] as Value;
    },
    [-1, 1, 4, 16],
    [0, 1, 0.5, 0.25],
  ],
};

test.each(Object.entries(chosen))("simplify() keeps choosing 0 in the place of %s", async (_, [make, x, wanted]) => {
  const g = createBuilder();
  const y = make(g, g.input("x", "float32", [2, 2]));
  const { y: made } = await run(simplify(g.build({ outputs: { y } })), { x: float32([2, 2], x) });
  expect(made).toEqual(wanted);
});

test("simplify() leaves transpositions of nothing and kernels of no known size as they are", () => {
  const g = createBuilder();
  const turned = (value: Value): Value => g.exp(g.transpose(value, [1, 2, 0]));
  const [nothing, x, w] = [
    [3, 4, 0],
    [32, 1, 4],
    [1, 1, "k"],
  ].map((shape, at) => g.input(`x${at}`, "float32", shape));
  const y = g.op("Conv", [x, w], { auto_pad: text("SAME_UPPER") });
  const outputs = { none: turned(nothing as Value), y: turned(g.relu(y)), z: turned(x as Value) };
  const operators = simplify(g.build({ outputs })).nodes.map(({ op }) => op);
  expect(operators).toContain("Conv");
  expect(operators.filter((op) => op === "Transpose")).toHaveLength(3);
});
