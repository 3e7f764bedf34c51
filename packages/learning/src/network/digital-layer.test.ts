import { createBuilder, type Value } from "@ohmwork/autograd";
import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runGraph } from "../testing/run-graph.ts";
import { digitalLayer } from "./digital-layer.ts";
import type { Layer } from "./layer.ts";

type Kind = Parameters<typeof digitalLayer>[0]["kind"];
type Row = readonly number[];
/** A layer drawn for rows of a width, and what it makes of one row. */
type Drawn = { readonly layer: Layer & { kind: Kind }; readonly row: (x: Row, parameters: readonly Row[]) => number[] };

const clamp = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));
const mean = (values: Row): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const each =
  (f: (value: number) => number): Drawn["row"] =>
  (x) =>
    x.map((value) => f(value));

/** Every layer as its docstring says it, in doubles, one number after the other. */
const references: Readonly<Record<Kind, (width: number, draw: (most: number) => number) => Drawn>> = {
  linear: (_, draw) => {
    const outputs = 1 + draw(5);
    return {
      layer: { kind: "linear", outputs },
      row: (x, [weight, bias]) =>
        [...(bias ?? [])].map((start, to) =>
          x.reduce((sum, value, from) => sum + value * (weight?.[from * outputs + to] ?? Number.NaN), start),
        ),
    };
  },
  rescale: (_, draw) => {
    const limit = draw(2) === 0 ? undefined : 1;
    return {
      layer: { kind: "rescale", scale: { deviation: 1 }, shift: {}, ...(limit === undefined ? {} : { limit }) },
      row: (x, [scale, shift]) => x.map((value, i) => clamp(value * (scale?.[i] ?? 0) + (shift?.[i] ?? 0), limit ?? Infinity)),
    };
  },
  permute: (width, draw) => {
    const seed = draw(1000);
    const order = createRandom(seed, "order of a permutation").permutation(width);
    return { layer: { kind: "permute", seed }, row: (x) => Array.from(order, (from) => x[from] as number) };
  },
  repeat: (_, draw) => {
    const times = 1 + draw(3);
    return { layer: { kind: "repeat", times }, row: (x) => x.flatMap((value) => Array.from({ length: times }, () => value)) };
  },
  pad: (width, draw) => {
    const wide = width + draw(4);
    return {
      layer: { kind: "pad", width: wide },
      row: (x) => [...x, ...Array.from({ length: wide - width }, () => 0)],
    };
  },
  select: (width, draw) => {
    const from = draw(width);
    const to = from + 1 + draw(width - from);
    return { layer: { kind: "select", from, to }, row: (x) => x.slice(from, to) };
  },
  "rows-of": (width) => ({ layer: { kind: "rows-of", width }, row: (x) => [...x] }),
  standardise: () => ({ layer: { kind: "standardise", mean: 0.3, factor: -2 }, row: each((value) => (value - 0.3) * -2) }),
  normalise: (_, draw) => {
    const over = draw(2) === 0 ? "each" : "all";
    const at = (values: Row | undefined, i: number): number => values?.[over === "each" ? i : 0] ?? Number.NaN;
    return {
      layer: { kind: "normalise", over },
      row: (x, [means, factors]) => x.map((value, i) => (value - at(means, i)) * at(factors, i)),
    };
  },
  "layer-norm": () => ({
    layer: { kind: "layer-norm" },
    row(x) {
      const centre = mean(x);
      const deviation = Math.sqrt(mean(x.map((value) => (value - centre) ** 2)) + 1e-5);
      return x.map((value) => (value - centre) / deviation);
    },
  }),
  sigmoid: () => ({ layer: { kind: "sigmoid" }, row: each((value) => 1 / (1 + Math.exp(-value))) }),
  relu: () => ({ layer: { kind: "relu" }, row: each((value) => Math.max(0, value)) }),
  tanh: () => ({ layer: { kind: "tanh" }, row: each(Math.tanh) }),
  clamp: () => ({ layer: { kind: "clamp", limit: 0.8 }, row: each((value) => clamp(value, 0.8)) }),
  "to-ports": (width) => {
    const min = Array.from({ length: width }, (_, i) => -1 - i);
    const max = Array.from({ length: width }, (_, i) => 2 + 3 * i);
    return {
      layer: { kind: "to-ports", min, max },
      row: (x) => x.map((value, i) => -1 - i + ((clamp(value, 1) + 1) / 2) * (3 + 4 * i)),
    };
  },
  modulator: () => ({ layer: { kind: "modulator" }, row: each((value) => 0.5 + clamp(value / 5, 0.5)) }),
  windows: (width, draw) => {
    const [count, of] = [1 + draw(width), draw(2) === 0 ? ("values" as const) : ("squares" as const)];
    const length = Math.floor(width / count);
    const cut = (x: Row, k: number): Row => x.slice(k * length, (k + 1) * length);
    return {
      layer: { kind: "windows", count, of },
      row: (x) =>
        Array.from({ length: count }, (_, k) => mean(cut(x, k).map((value) => (of === "squares" ? value * value : value)))),
    };
  },
  gain: () => ({ layer: { kind: "gain", start: 3 }, row: (x, [gain]) => x.map((value) => value * (gain?.[0] ?? Number.NaN)) }),
};

const refuse = (message: string): never => {
  throw new RangeError(message);
};

describe("digitalLayer()", () => {
  for (const [kind, reference] of Object.entries(references)) {
    it(`${kind} does what is said of it`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), async (seed, width, rows) => {
          const { normal, below } = createRandom(seed, "layer of a test");
          const { layer, row } = reference(width, below);
          const made = digitalLayer(layer, width, refuse);
          const b = createBuilder();
          const draw = (size: number): number[] => Array.from({ length: size }, () => Math.fround(1.5 * normal()));
          const x = draw(rows * width);
          const given = made.parameters.map(({ shape }) => draw(shape.reduce((product, length) => product * length, 1)));
          const inputs = made.parameters.map(({ shape }, k): Value => b.input(`p${k}`, "float32", shape));
          const y = made.apply(b, b.input("x", "float32", [rows, width]), inputs);
          const graph = b.build({ outputs: { y: b.identity(y) } });
          expect(graph.outputs[0]?.shape).toEqual([rows, made.outputs]);
          const found = await runGraph(graph, { x, ...Object.fromEntries(given.map((values, k) => [`p${k}`, values])) });
          const wanted = Array.from({ length: rows }, (_, k) => row(x.slice(k * width, (k + 1) * width), given)).flat();
          expect(found["y"]).toHaveLength(wanted.length);
          for (const [i, value] of wanted.entries()) expect(found["y"]?.[i]).toBeCloseTo(value, 4);
        }),
        { numRuns: 25, seed: 1 },
      );
    });
  }

  it("rows-of cuts rows into shorter ones and puts them together again", async () => {
    for (const [width, into, rows] of [
      [6, 2, 4],
      [2, 6, 9],
    ] as const) {
      const made = digitalLayer({ kind: "rows-of", width: into }, width, refuse);
      const b = createBuilder();
      const y = made.apply(b, b.input("x", "float32", [rows, width]), []);
      expect(made.rows).toBe(width / into);
      expect(y.shape).toEqual([rows * (width / into), into]);
      const x = Array.from({ length: rows * width }, (_, i) => i);
      expect([...((await runGraph(b.build({ outputs: { y } }), { x }))["y"] ?? [])]).toEqual(x);
    }
  });
});
