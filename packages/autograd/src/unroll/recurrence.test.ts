import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBuilder } from "../builder.ts";
import { differentiate } from "../differentiate.ts";
import { float, floats, int, text, type Attributes, type Graph, type Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, sizeOf, tensor, type Tensor } from "../tensor.ts";
import { centralDifferences } from "../testing/central-differences.ts";
import { casesPerRule } from "../testing/gradient-case.ts";
import { testRuntime } from "../testing/test-runtime.ts";
import { unroll } from "./unroll.ts";

const gatesOf = { RNN: 1, GRU: 3, LSTM: 4 } as const;
type Op = keyof typeof gatesOf;

type Case = {
  readonly op: Op;
  readonly sizes: { readonly steps: number; readonly samples: number; readonly inputs: number; readonly hidden: number };
  readonly direction: string;
  readonly has: { readonly bias: boolean; readonly lengths: boolean; readonly start: boolean; readonly peepholes: boolean };
  readonly attributes: Attributes;
  readonly isOpen: boolean;
  readonly seed: number;
};

const few = fc.integer({ min: 1, max: 3 });
const smooth = ["Tanh", "Sigmoid", "Affine", "ScaledTanh", "Softplus"];
const kinked = ["Softsign", "HardSigmoid", "Elu", "Relu", "LeakyRelu", "ThresholdedRelu"];

function cases(op: Op, names: readonly string[]): fc.Arbitrary<Case> {
  const perWay = { RNN: 1, GRU: 2, LSTM: 3 }[op];
  const strings = fc.array(fc.constantFrom(...names), { minLength: 2 * perWay, maxLength: 2 * perWay });
  return fc
    .record({
      sizes: fc.record({ steps: few, samples: few, inputs: few, hidden: few }),
      direction: fc.constantFrom("forward", "reverse", "bidirectional"),
      has: fc.record({ bias: fc.boolean(), lengths: fc.boolean(), start: fc.boolean(), peepholes: fc.boolean() }),
      activations: fc.option(strings, { nil: undefined }),
      flag: fc.boolean(),
      isClipped: fc.boolean(),
      isOpen: fc.boolean(),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    })
    .map(({ activations, flag, isClipped, ...drawn }) => {
      const ways = drawn.direction === "bidirectional" ? 2 : 1;
      const own: Record<Op, Attributes> = {
        RNN: {},
        GRU: { linear_before_reset: int(flag ? 1 : 0) },
        LSTM: { input_forget: int(flag ? 1 : 0) },
      };
      return {
        ...drawn,
        op,
        attributes: {
          hidden_size: int(drawn.sizes.hidden),
          direction: text(drawn.direction),
          ...(activations === undefined
            ? {}
            : {
                activations: { kind: "strings", value: activations.slice(0, ways * perWay) },
                activation_alpha: floats([0.7, 0.6, 0.8, 1.1, 0.9, 0.5]),
                activation_beta: floats([0.4, 0.3, 0.6, 0.7, 0.9, 0.5]),
              }),
          ...(isClipped ? { clip: float(5) } : {}),
          ...own[op],
        },
      };
    });
}

type Built = { readonly graph: Graph; readonly feeds: Record<string, Tensor>; readonly names: readonly string[] };

/** The node under a sum with drawn weights over all it makes. */
function built({ op, sizes, direction, has, attributes, isOpen, seed }: Case): Built {
  const { steps, samples, inputs, hidden } = sizes;
  const ways = direction === "bidirectional" ? 2 : 1;
  const builder = createBuilder();
  const feeds: Record<string, Tensor> = {};
  const random = createRandom(seed, "values");
  const give = (name: string, shape: readonly number[], declared: readonly (number | string)[] = shape): Value => {
    const values = Array.from({ length: sizeOf(shape) }, () => 2 * random.uniform() - 1);
    feeds[name] = tensor("float32", shape, values);
    return builder.input(name, "float32", declared);
  };
  const lengths = Array.from({ length: samples }, () => 1 + Math.floor(random.uniform() * steps));
  const batch = isOpen ? "batch" : samples;
  const [x, w, r] = [
    give("x", [steps, samples, inputs], [steps, batch, inputs]),
    give("w", [ways, gatesOf[op] * hidden, inputs]),
    give("r", [ways, gatesOf[op] * hidden, hidden]),
  ];
  const b = has.bias ? give("b", [ways, 2 * gatesOf[op] * hidden]) : undefined;
  const state = (name: string): Value | undefined =>
    has.start ? give(name, [ways, samples, hidden], [ways, batch, hidden]) : undefined;
  const ends = has.lengths ? builder.constant(tensor("int32", [samples], lengths)) : undefined;
  const [h, c] = [state("h"), op === "LSTM" ? state("c") : undefined];
  const p = has.peepholes && op === "LSTM" ? give("p", [ways, 3 * hidden]) : undefined;
  const names = Object.keys(feeds);
  const made = builder.apply(op, [x, w, r, b, ends, h, c, p], attributes, { outputs: op === "LSTM" ? 3 : 2 });
  const weighted = made.map((value, index) => {
    const shape = index === 0 ? [steps, ways, samples, hidden] : [ways, samples, hidden];
    return builder.reduceSum(builder.mul(value, give(`weight${index}`, shape)));
  });
  const loss = weighted.reduce((left, right) => builder.add(left, right));
  const outputs = Object.fromEntries(made.map((value, index) => [`y${index}`, value]));
  return { graph: builder.build({ outputs: { loss, ...outputs } }), feeds, names };
}

async function run(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, readonly number[]>> {
  await using session = await testRuntime.load(encodeModel(graph));
  const made = await session.run(feeds);
  return Object.fromEntries(Object.entries(made).map(([name, value]) => [name, numbersOf(value)]));
}

function furthest(a: readonly number[] | undefined, b: readonly number[] | undefined): number {
  if (a === undefined || a.length !== b?.length) return Number.POSITIVE_INFINITY;
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] as number))), 0);
}

describe.each<Op>(["RNN", "GRU", "LSTM"])("%s", (op) => {
  it("gives the same when it is unrolled", async () => {
    await fc.assert(
      fc.asyncProperty(cases(op, [...smooth, ...kinked]), async (drawn) => {
        const { graph, feeds } = built(drawn);
        const flat = unroll(graph);
        expect(flat.nodes.map((node) => node.op)).not.toContain(op);
        expect(flat.outputs).toEqual(graph.outputs);
        const [before, after] = [await run(graph, feeds), await run(flat, feeds)];
        for (const name of Object.keys(before)) expect(furthest(before[name], after[name]), name).toBeLessThan(2e-5);
      }),
      { numRuns: casesPerRule, seed: 20_261_122 },
    );
  });

  it("has the gradient that differences of the node itself have", async () => {
    await fc.assert(
      fc.asyncProperty(cases(op, smooth), async (drawn) => {
        const { graph, feeds, names } = built(drawn);
        const withGradients = differentiate(graph, { of: "loss", by: names });
        await using session = await testRuntime.load(encodeModel(graph));
        const found = await run(withGradients, feeds);
        const precision = { type: "float32", step: 2e-2, tolerance: 2e-3 } as const;
        const slopes = await centralDifferences(feeds, names, precision, async (at) => {
          const made = await session.run(at, ["loss"]);
          return numbersOf(made["loss"] as Tensor);
        });
        for (const name of names) {
          const expected = slopes.get(name)?.[0] ?? [];
          const scale = Math.max(1, ...expected.map(Math.abs));
          expect(furthest(found[`grad_${name}`], expected) / scale, name).toBeLessThan(precision.tolerance);
        }
      }),
      { numRuns: casesPerRule, seed: 20_261_122 },
    );
  });
});

describe("A recurrent node", () => {
  it("may have the samples first, which the runtime has not: the same as with the steps first, turned", async () => {
    const [steps, samples, hidden] = [3, 2, 2];
    const feeds: Record<string, Tensor> = {};
    const make = (isBatchFirst: boolean): Graph => {
      const builder = createBuilder();
      const random = createRandom(3, "values");
      const give = (name: string, shape: readonly number[]): Value => {
        const values = Array.from({ length: sizeOf(shape) }, () => random.uniform() - 0.5);
        feeds[name] ??= tensor("float32", shape, values);
        return builder.input(name, "float32", shape);
      };
      const [x, w, r] = [give("x", [steps, samples, 2]), give("w", [2, 8, 2]), give("r", [2, 8, hidden])];
      const [h, c] = [give("h", [2, samples, hidden]), give("c", [2, samples, hidden])];
      const turn = (value: Value, order: readonly number[]): Value => (isBatchFirst ? builder.transpose(value, order) : value);
      const [y, last, cell] = builder.apply(
        "LSTM",
        [turn(x, [1, 0, 2]), w, r, undefined, undefined, turn(h, [1, 0, 2]), turn(c, [1, 0, 2])],
        { hidden_size: int(hidden), layout: int(isBatchFirst ? 1 : 0), direction: text("bidirectional") },
        { outputs: 3 },
      ) as [Value, Value, Value];
      const outputs = { y: turn(y, [1, 2, 0, 3]), last: turn(last, [1, 0, 2]), cell: turn(cell, [1, 0, 2]) };
      return builder.build({ outputs });
    };
    const [first, turned] = [await run(make(false), feeds), await run(unroll(make(true)), feeds)];
    for (const name of ["y", "last", "cell"]) expect(furthest(first[name], turned[name]), name).toBeLessThan(1e-6);
  });

  it.each<[string, Attributes, string]>([
    ["an unknown activation", { activations: { kind: "strings", value: ["Sine"] } }, 'activation "Sine" is not known'],
    ["too many activations", { activations: { kind: "strings", value: ["Tanh", "Tanh"] } }, "needs 1 activations: 2 given"],
    [
      "Affine without its numbers",
      { activations: { kind: "strings", value: ["Affine"] } },
      'activation "Affine" needs an entry in activation_alpha',
    ],
  ])("is refused with %s", (_, attributes, message) => {
    const builder = createBuilder();
    const inputs = [
      [2, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ].map((shape, index) => builder.input(`x${index}`, "float32", shape));
    const y = builder.op("RNN", inputs, attributes, { name: "memory" });
    expect(() => unroll(builder.build({ outputs: { y } }))).toThrow(`RNN "memory": ${message}`);
  });

  it("is refused where the number of steps is not known", () => {
    const builder = createBuilder();
    const inputs = [
      ["steps", 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ].map((shape, index) => builder.input(`x${index}`, "float32", shape));
    const loss = builder.reduceSum(builder.op("RNN", inputs, {}, { name: "memory" }));
    expect(() => differentiate(builder.build({ outputs: { loss } }), { of: "loss", by: ["x1"] })).toThrow(
      'RNN "memory": can be unrolled only where the number of its steps and of its hidden values is known',
    );
  });
});
