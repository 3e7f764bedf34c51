import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBuilder, type GraphBuilder } from "../builder.ts";
import { differentiate } from "../differentiate.ts";
import { gradients } from "../gradients.ts";
import { int, ints, type Attribute, type Graph, type Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, sizeOf, tensor, type Tensor } from "../tensor.ts";
import { centralDifferences, type Precision } from "../testing/central-differences.ts";
import { testRuntime } from "../testing/test-runtime.ts";
import { unroll } from "./unroll.ts";

const double: Precision = { type: "float64", step: 1e-3, tolerance: 1e-8 };

type Body = (builder: GraphBuilder) => readonly Value[];

/** A body; inputs that begin with "outer" are read from around it. */
function body(make: Body): Attribute {
  const builder = createBuilder();
  const outputs = make(builder);
  const graph = builder.build({ outputs: outputs.map((value) => builder.identity(value)), name: "body" });
  // Names are only one scope's own.
  const own = (name: string): string => (name === "" || name.startsWith("outer") ? name : `body ${name}`);
  return {
    kind: "graph",
    value: {
      ...graph,
      inputs: graph.inputs.filter(({ name }) => !name.startsWith("outer")).map((value) => ({ ...value, name: own(value.name) })),
      outputs: graph.outputs.map((value) => ({ ...value, name: own(value.name) })),
      constants: new Map([...graph.constants].map(([name, value]) => [own(name), value])),
      types: new Map([...graph.types].map(([name, type]) => [own(name), type])),
      nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(own), outputs: node.outputs.map(own) })),
    },
  };
}

function drawnFeeds(graph: Graph): Record<string, Tensor> {
  const random = createRandom(5, "values");
  return Object.fromEntries(
    graph.inputs.map(({ name, type, shape }) => {
      const sizes = (shape ?? []).map(Number);
      return [
        name,
        tensor(
          type,
          sizes,
          Array.from({ length: sizeOf(sizes) }, () => random.uniform() - 0.5),
        ),
      ];
    }),
  );
}

/** What the graph gives, after making sure that it is the same unrolled and that its gradients are those of differences. */
async function judge(graph: Graph, by: readonly string[]): Promise<Record<string, readonly number[]>> {
  const feeds = drawnFeeds(graph);
  await using session = await testRuntime.load(encodeModel(graph));
  await using unrolled = await testRuntime.load(encodeModel(unroll(graph)));
  const before = await session.run(feeds);
  expect(await unrolled.run(feeds)).toEqual(before);
  await using slopes = await testRuntime.load(encodeModel(differentiate(graph, { of: "loss", by })));
  const found = await slopes.run(feeds);
  const expected = await centralDifferences(feeds, by, double, async (at) =>
    numbersOf((await session.run(at, ["loss"]))["loss"] as Tensor),
  );
  for (const name of by) {
    const made = numbersOf(found[`grad_${name}`] as Tensor);
    for (const [index, slope] of (expected.get(name)?.[0] ?? []).entries()) expect(made[index]).toBeCloseTo(slope, 8);
  }
  return Object.fromEntries(Object.entries(before).map(([name, value]) => [name, numbersOf(value)]));
}

describe("Scan", () => {
  const step = body((builder) => {
    const [state, x, factor] = [
      builder.input("state", "float64", [2]),
      builder.input("x", "float64", [2]),
      builder.input("outerFactor", "float64", [2]),
    ];
    const next = builder.tanh(builder.add(builder.mul(state, factor), x));
    return [next, builder.mul(next, next)];
  });

  it("is written out along any axis, in either direction", async () => {
    const drawn = fc.record({ axis: fc.constantFrom(0, 1, -1), to: fc.constantFrom(0, 1, -1), from: fc.nat(1), back: fc.nat(1) });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ axis, to, from, back }) => {
        const builder = createBuilder();
        const start = builder.input("start", "float64", [2]);
        const xs = builder.input("xs", "float64", axis === 0 ? [3, 2] : [2, 3]);
        builder.input("outerFactor", "float64", [2]);
        const [last, all] = builder.apply(
          "Scan",
          [start, xs],
          {
            body: step,
            num_scan_inputs: int(1),
            scan_input_axes: ints([axis]),
            scan_output_axes: ints([to]),
            scan_input_directions: ints([from]),
            scan_output_directions: ints([back]),
          },
          { outputs: 2 },
        ) as [Value, Value];
        const weights = builder.input("weights", "float64", to === 0 ? [3, 2] : [2, 3]);
        const loss = builder.add(builder.reduceSum(last), builder.reduceSum(builder.mul(all, weights)));
        await judge(builder.build({ outputs: { loss, all } }), ["start", "xs", "outerFactor"]);
      }),
      { numRuns: 24, seed: 20_261_122 },
    );
  });
});

/** x → tanh(k x), collected, as long as the step is below a number, if there is one. */
function loop(until?: number): Attribute {
  return body((builder) => {
    const [at, goesOn] = [builder.input("at", "int64", []), builder.input("goesOn", "bool", [])];
    const [x, k] = [builder.input("x", "float64", [2]), builder.input("outerK", "float64", [2])];
    const next = builder.tanh(builder.mul(x, k));
    return [until === undefined ? goesOn : builder.less(at, until), next, builder.add(next, x)];
  });
}

function looped(most: number | undefined, until?: number): Graph {
  const builder = createBuilder();
  const x = builder.input("x", "float64", [2]);
  builder.input("outerK", "float64", [2]);
  const count = most === undefined ? undefined : builder.constant(tensor("int64", [], [most]));
  const goes = builder.constant(tensor("bool", [], [1]));
  const [last, all] = builder.apply("Loop", [count, goes, x], { body: loop(until) }, { outputs: 2, name: "turns" }) as [
    Value,
    Value,
  ];
  const loss = builder.add(builder.reduceSum(last), builder.reduceSum(builder.exp(all)));
  return builder.build({ outputs: { loss, all } });
}

describe("Loop", () => {
  it.each([
    ["as often as it says", looped(4), 8],
    ["until its condition ends it", looped(9, 2), 6],
    ["until its condition ends it, without a count", looped(undefined, 1), 4],
  ])("is written out %s", async (_, graph, length) => {
    const { all } = await judge(graph, ["x", "outerK"]);
    expect(all).toHaveLength(length);
  });

  it("is refused where it does not end or its end is not known", () => {
    expect(() => unroll(looped(undefined))).toThrow('Loop "turns": cannot be unrolled: it makes more than 10000 steps');
    const builder = createBuilder();
    const [x, count] = [builder.input("x", "float64", [2]), builder.input("count", "int64", [])];
    builder.input("outerK", "float64", [2]);
    const [last] = builder.apply("Loop", [count, undefined, x], { body: loop() }, { outputs: 2, name: "turns" }) as [Value];
    const graph = builder.build({ outputs: { loss: builder.reduceSum(last) } });
    expect(() => differentiate(graph, { of: "loss", by: ["x"] })).toThrow(
      'Loop "turns": can be unrolled only where the number of its steps is known before the graph runs',
    );
  });

  it("is left alone where no gradient passes", () => {
    const graph = looped(4);
    const builder = createBuilder(graph);
    const other = builder.input("other", "float64", []);
    const sum = builder.mul(builder.value("loss"), other);
    const made = differentiate(builder.build({ outputs: { sum } }), { of: "sum", by: ["other"] });
    expect(made.nodes.map(({ op }) => op)).toContain("Loop");
  });

  it("is named by gradients() where only its body reads what is asked for", () => {
    const builder = createBuilder(looped(4));
    expect(() => gradients(builder, { of: [builder.value("loss")], by: [builder.value("outerK")] })).toThrow(
      'No gradient rule for operator Loop of Loop "turns", on the path Loop → ReduceSum → Add → Identity → "loss": unroll() the graph it is from first',
    );
  });
});

describe("If", () => {
  function chosen(condition: (builder: GraphBuilder) => Value): Graph {
    const builder = createBuilder();
    const x = builder.input("outerX", "float64", [3]);
    const branch = (make: (inner: GraphBuilder, x: Value) => Value): Attribute =>
      body((inner) => [make(inner, inner.input("outerX", "float64", [3]))]);
    const y = builder.op(
      "If",
      [condition(builder)],
      {
        then_branch: branch((inner, value) => inner.sin(value)),
        else_branch: branch((inner, value) => inner.exp(value)),
      },
      { name: "which" },
    );
    return builder.build({ outputs: { loss: builder.reduceSum(y), x } });
  }

  it.each([
    ["Sin", 1],
    ["Exp", 0],
  ])("becomes the branch with %s", async (op, condition) => {
    const graph = chosen((builder) => builder.constant(tensor("bool", [], [condition])));
    await judge(graph, ["outerX"]);
    expect(unroll(graph).nodes.map((node) => node.op)).toContain(op);
  });

  it("becomes the branch that a known size decides", async () => {
    const graph = chosen((builder) => builder.equal(builder.op("Size", [builder.value("outerX")]), 3));
    await judge(graph, ["outerX"]);
    expect(unroll(graph).nodes.map((node) => node.op)).toContain("Sin");
  });

  it("is left alone where it decides on sizes alone", () => {
    const builder = createBuilder();
    const x = builder.input("outerX", "float64", ["rows", 3]);
    const sizes = (order: readonly number[]): Attribute =>
      body((inner) => [inner.gather(inner.shapeOf(inner.input("outerX", "float64", ["rows", 3])), inner.integers(order))]);
    const branches = { then_branch: sizes([0, 1]), else_branch: sizes([1, 0]) };
    const shape = builder.op("If", [builder.input("which", "bool", [])], branches);
    const graph = builder.build({ outputs: { loss: builder.reduceSum(builder.exp(builder.reshape(x, shape))) } });
    expect(differentiate(graph, { of: "loss", by: ["outerX"] }).nodes.map(({ op }) => op)).toContain("If");
  });

  it("is refused where its condition is not known", () => {
    const graph = chosen((builder) => builder.input("which", "bool", []));
    expect(() => differentiate(graph, { of: "loss", by: ["outerX"] })).toThrow(
      'If "which": can be written out only where its condition is known before the graph runs',
    );
  });
});
