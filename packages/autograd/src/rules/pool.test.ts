import fc from "fast-check";
import { expect, test } from "vitest";
import { createBuilder } from "../builder.ts";
import { int, ints } from "../graph.ts";
import { gradients } from "../gradients.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, tensor } from "../tensor.ts";
import { distinctFloats, floats, seeds } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { CaseInput, GradientCase } from "../testing/gradient-case.ts";
import { checkGradient } from "../testing/gradient-check.ts";
import { testRuntime } from "../testing/test-runtime.ts";
import { windows } from "../testing/window-draws.ts";
import { poolRules } from "./pool.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;
type Draw = (seed: number, shape: readonly number[]) => CaseInput;

const few = fc.integer({ min: 1, max: 2 });
const apart: Draw = (seed, shape) => distinctFloats(seed, [shape])[0] as CaseInput;

const pool = (draw: Draw, countsPads: boolean): Cases =>
  fc
    .tuple(windows({ isPool: true }), few, few, fc.boolean(), seeds, fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 2 }))
    .map(([window, samples, channels, rounds, seed, isOpen, counts, outputs]) => {
      const isAuto = window.attributes["auto_pad"] !== undefined;
      const isEven = window.attributes["pads"]?.kind !== "ints" || window.attributes["pads"].value.every((size) => size === 0);
      const follows = isAuto && window.strides.some((stride) => stride > 1);
      const isOpenHere = isOpen && !follows && (!countsPads || (!rounds && (counts || (isEven && !isAuto))));
      return {
        inputs: [draw(seed, [samples, channels, ...window.sizes])],
        attributes: {
          ...window.attributes,
          kernel_shape: ints(window.kernel),
          ceil_mode: int(rounds ? 1 : 0),
          ...(countsPads ? { count_include_pad: int(counts ? 1 : 0) } : {}),
        },
        outputs: countsPads ? 1 : outputs,
        isOpen: isOpenHere,
      };
    });

const whole = (draw: Draw): Cases =>
  fc
    .tuple(fc.tuple(few, few, fc.integer({ min: 1, max: 3 }), few), fc.boolean(), seeds, fc.boolean())
    .map(([shape, isFlat, seed, isOpen]) => ({ inputs: [draw(seed, isFlat ? shape.slice(0, 3) : shape)], isOpen }));

checkRules("poolings", poolRules, {
  MaxPool: pool(apart, false),
  AveragePool: pool(floats, true),
  GlobalMaxPool: whole(apart),
  GlobalAveragePool: whole(floats),
});

test.each([
  ["meet", [2, 2], [2, 2], [0, 2, 8, 10]],
  ["overlap", [3, 3], [1, 1], [0, 1, 4, 5]],
])("MaxPool gives the first of equals all there is, where windows %s", async (_, kernel, strides, first) => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [1, 1, 4, 4]);
  const y = builder.op("MaxPool", [x], { kernel_shape: ints(kernel), strides: ints(strides) });
  const [slope] = gradients(builder, { of: [y], by: [x] });
  if (slope === undefined) throw new TypeError("MaxPool has no gradient");
  await using session = await testRuntime.load(encodeModel(builder.build({ outputs: { slope } })));
  const { slope: made } = await session.run({ x: tensor("float32", [1, 1, 4, 4], new Float32Array(16)) });
  const wanted = Array.from({ length: 16 }, (__, at) => (first.includes(at) ? 1 : 0));
  expect(made && numbersOf(made)).toEqual(wanted);
});

test("MaxPool has the gradient that differences have over a batch", async () => {
  const inputs = [apart(1, [32, 1, 4, 3])];
  const attributes = { kernel_shape: ints([2, 3]), strides: ints([2, 3]) };
  await expect(checkGradient({ op: "MaxPool", inputs, attributes })).resolves.toBe("float64");
});

test("MaxPool gives the first of equals all there is, over a batch", async () => {
  const builder = createBuilder();
  const shape = [32, 1, 2, 4];
  const x = builder.input("x", "float32", shape);
  const y = builder.op("MaxPool", [x], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  const [slope] = gradients(builder, { of: [y], by: [x] });
  if (slope === undefined) throw new TypeError("MaxPool has no gradient");
  await using session = await testRuntime.load(encodeModel(builder.build({ outputs: { slope } })));
  const values = Float32Array.from({ length: 256 }, (_, at) => [0, 1, 2, 2, 1, 0, 2, 2][at % 8] as number);
  const { slope: made } = await session.run({ x: tensor("float32", shape, values) });
  const wanted = Array.from({ length: 256 }, (_, at) => [0, 1, 1, 0, 0, 0, 0, 0][at % 8]);
  expect(made && numbersOf(made)).toEqual(wanted);
});

test("GlobalMaxPool has a gradient for a batch of no samples", async () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["samples", 2, 3, 3]);
  const loss = builder.reduceSum(builder.op("GlobalMaxPool", [x]));
  const [slope] = gradients(builder, { of: [loss], by: [x] });
  if (slope === undefined) throw new TypeError("GlobalMaxPool has no gradient");
  await using session = await testRuntime.load(encodeModel(builder.build({ outputs: { slope } })));
  const { slope: made } = await session.run({ x: tensor("float32", [0, 2, 3, 3], []) });
  expect(made?.shape).toEqual([0, 2, 3, 3]);
});
