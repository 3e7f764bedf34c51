import { type Graph, meanSquaredError, sgd } from "@ohmwork/autograd";
import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { bentPorts, bentTwin } from "../testing/bent-device.ts";
import { runGraph } from "../testing/run-graph.ts";
import { runStretches } from "../testing/run-stretches.ts";
import { planNetwork, type Plan } from "./plan.ts";
import { drawParameters } from "./segment.ts";
import { stepGraph, type StepOptions } from "./step-graph.ts";
import { twinGraph } from "./stretch-graphs.ts";

const rows = 5;
const classes = 3;
const { normal, below } = createRandom(1, "step of a test");
const factors = Float32Array.from({ length: 9 }, () => 1 + 0.4 * normal());
const device = bentTwin(3, factors);
const values = Float32Array.from({ length: rows * 2 }, normal);
const labels = Array.from({ length: rows }, () => below(classes));
const targets = new Float32Array(rows * classes);
for (const [row, label] of labels.entries()) targets[row * classes + label] = 1;

function planWith(twin: Graph): Plan {
  const layers = [
    { kind: "linear", outputs: 6 },
    { kind: "keep", name: "x" },
    { kind: "rows-of", width: 3 },
    { kind: "physical", system: "bent", start: [{ deviation: 0.6 }] },
    { kind: "rescale", scale: { mean: 1.2 }, shift: { deviation: 0.1 } },
    { kind: "physical", system: "bent", start: [{ deviation: 0.6 }] },
    { kind: "rows-of", width: 6 },
    { kind: "add-kept", name: "x" },
    { kind: "layer-norm" },
    { kind: "linear", outputs: classes },
  ] as const;
  return planNetwork({ inputs: 2, layers }, { bent: { ...bentPorts(3), twin, width: 3 } });
}

const plan = planWith(bentTwin(3));
const parameters = drawParameters(plan.segments, 2);

/** −log softmax at the labels, in doubles, the mean over the rows. */
function crossEntropyOf(scores: Float32Array): number {
  return labels.reduce((sum, label, row) => {
    const own = [...scores.subarray(row * classes, (row + 1) * classes)];
    return sum + (Math.log(own.reduce((total, value) => total + Math.exp(value), 0)) - (own[label] as number)) / rows;
  }, 0);
}

const squareErrorOf = (scores: Float32Array): number =>
  scores.reduce((sum, value, i) => sum + (value - (targets[i] as number)) ** 2 / scores.length, 0);

/**
 * Slopes of a loss by the five-point formula. Its error falls with the fourth power of the step, until float32 is felt: 9e-3
 * at most with steps of 0.02, 6e-4 with 0.01, 5e-5 with 0.005, 2e-4 with 0.002.
 */
async function centralDifferences(lossAt: (parameters: Float32Array) => Promise<number>): Promise<number[]> {
  const h = 0.005;
  const slopes: number[] = [];
  for (const [i, value] of parameters.entries()) {
    const at = (shift: number): Promise<number> => lossAt(parameters.with(i, value + shift));
    slopes.push((8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h));
  }
  return slopes;
}

/** The gradient of one step: the first velocity of momentum is the gradient itself. */
async function gradientOf(
  of: Plan,
  options: Pick<StepOptions, "forward" | "loss" | "clipNorm" | "noise">,
  measured: Record<string, Float32Array> = {},
  at: Float32Array = parameters,
): Promise<{ readonly gradient: Float32Array; readonly loss: number; readonly norm: number }> {
  const graph = stepGraph(of, { ...options, rows, optimiser: sgd({ momentum: 0.5 }) });
  const still = { "slot velocity": new Float32Array(of.parameters), rate: [0], step: [1] };
  const made = await runGraph(graph, { ...still, ...measured, parameters: at, values, targets });
  expect(made["next parameters"]).toEqual(at);
  const [loss, norm] = [made["loss"]?.[0] as number, made["norm"]?.[0] as number];
  return { gradient: made["next slot velocity"] as Float32Array, loss, norm };
}

/** Twice what the five-point formula errs by here; the gradients are some 0.1 to 3 long. */
const SLOPE_ERROR = 1e-4;

const furthest = (gradient: Float32Array, slopes: readonly number[]): number =>
  Math.max(...slopes.map((slope, i) => Math.abs(slope - (gradient[i] as number))));

describe("stepGraph()", () => {
  for (const [name, loss, lossOf] of [
    ["cross-entropy", undefined, crossEntropyOf],
    ["squared error", meanSquaredError, squareErrorOf],
  ] as const) {
    it(`follows in silico the slope of the ${name} through the twins`, async () => {
      const found = await gradientOf(plan, { forward: "twin", ...(loss === undefined ? {} : { loss }) });
      const through = twinGraph(plan, rows);
      const lossAt = async (at: Float32Array): Promise<number> =>
        lossOf((await runGraph(through, { parameters: at, values }))["scores"] as Float32Array);
      expect(found.loss).toBeCloseTo(await lossAt(parameters), 6);
      expect(found.norm).toBeCloseTo(Math.hypot(...found.gradient), 5);
      expect(found.norm).toBeGreaterThan(0.3);
      expect(furthest(found.gradient, await centralDifferences(lossAt))).toBeLessThan(SLOPE_ERROR);
    });
  }

  it("goes by PAT exactly the way of in-silico training where the device is the twin", async () => {
    const inSilico = await gradientOf(plan, { forward: "twin" });
    const { measured } = await runStretches(plan, rows, { parameters, values }, bentTwin(3));
    expect(Object.keys(measured)).toEqual(["measured 3", "measured 5"]);
    expect(await gradientOf(plan, { forward: "measured" }, measured)).toEqual(inSilico);
  });

  it("follows the slope of the measured loss itself with the device's own graphs for twins, and not quite with others", async () => {
    const { measured } = await runStretches(plan, rows, { parameters, values }, device);
    const slopes = await centralDifferences(async (at) =>
      crossEntropyOf((await runStretches(plan, rows, { parameters: at, values }, device)).scores),
    );
    const trueGradient = await gradientOf(planWith(device), { forward: "measured" }, measured);
    expect(furthest(trueGradient.gradient, slopes)).toBeLessThan(SLOPE_ERROR);
    const byTwin = await gradientOf(plan, { forward: "measured" }, measured);
    expect(byTwin.loss).toBe(trueGradient.loss);
    expect(furthest(byTwin.gradient, slopes)).toBeGreaterThan(1e-3);
    const along = slopes.reduce((sum, slope, i) => sum + slope * (byTwin.gradient[i] as number), 0);
    expect(along / (byTwin.norm * Math.hypot(...slopes))).toBeGreaterThan(0.9);
  });

  it("shortens a gradient and tells how long it was", async () => {
    const [whole, short] = [
      await gradientOf(plan, { forward: "twin" }),
      await gradientOf(plan, { forward: "twin", clipNorm: 0.1 }),
    ];
    expect(short.norm).toBe(whole.norm);
    for (const [i, value] of short.gradient.entries())
      expect(value).toBeCloseTo(((whole.gradient[i] as number) * 0.1) / whole.norm, 6);
  });

  it("lets noise move what the twin answers and leave its gradient alone", async () => {
    const layers = [
      { kind: "linear", outputs: 3 },
      { kind: "physical", system: "bent" },
      { kind: "linear", outputs: classes },
    ] as const;
    const one = planNetwork({ inputs: 2, layers }, { bent: { ...bentPorts(3), twin: bentTwin(3), width: 3 } });
    const at = Float32Array.from({ length: one.parameters }, () => 0.6 * normal());
    const noise = Float32Array.from({ length: rows * 3 }, normal);
    const { measured } = await runStretches(one, rows, { parameters: at, values }, bentTwin(3));
    const answer = measured["measured 1"] as Float32Array;
    const noisy = answer.map((value, i) => {
      const row = answer.subarray(i - (i % 3), i - (i % 3) + 3);
      const mean = row.reduce((sum, of) => sum + of / 3, 0);
      return value + 0.3 * Math.sqrt(row.reduce((sum, of) => sum + (of - mean) ** 2 / 3, 0)) * (noise[i] as number);
    });
    const byNoise = { forward: "twin", noise: { input: 0, outputOfRow: 0.3 } } as const;
    const [wanted, found] = await Promise.all([
      gradientOf(one, { forward: "measured" }, { "measured 1": noisy }, at),
      gradientOf(one, byNoise, { "output noise 1": noise }, at),
    ]);
    expect(found.loss).toBeCloseTo(wanted.loss, 5);
    for (const [i, value] of found.gradient.entries()) expect(value).toBeCloseTo(wanted.gradient[i] as number, 5);
    expect(furthest(found.gradient, [...(await gradientOf(one, { forward: "twin" }, {}, at)).gradient])).toBeGreaterThan(0.01);
  });

  it("trains against a device whose parameters are off by their noise, each by a share of itself", async () => {
    const layers = [
      { kind: "linear", outputs: 3 },
      { kind: "physical", system: "bent" },
      { kind: "linear", outputs: classes },
    ] as const;
    const one = planNetwork({ inputs: 2, layers }, { bent: { ...bentPorts(3), twin: bentTwin(3), width: 3 } });
    const at = Float32Array.from({ length: one.parameters }, () => 0.6 * normal());
    const own = one.segments.filter(({ layer }) => layer === 1);
    const [from, size] = [own[0]?.offset as number, own.reduce((sum, segment) => sum + segment.size, 0)];
    const errors = Float32Array.from({ length: size }, normal);
    const factor = (i: number): number => (i < from || i >= from + size ? 1 : 1 + 0.1 * (errors[i - from] as number));
    const noise = { input: 0, outputOfRow: 0, parameters: 0.1 };
    const found = await gradientOf(one, { forward: "twin", noise }, { "parameter noise 1": errors }, at);
    const off = at.map((value, i) => value * factor(i));
    const other = await gradientOf(one, { forward: "twin" }, {}, off);
    expect(found.loss).toBeCloseTo(other.loss, 6);
    for (const [i, value] of found.gradient.entries()) expect(value).toBeCloseTo((other.gradient[i] as number) * factor(i), 5);
  });

  it("moves parameters at rates of their own, and pulls at those with a penalty", async () => {
    const next = async (own: NonNullable<StepOptions["own"]>): Promise<Float32Array> => {
      const graph = stepGraph(plan, { rows, forward: "twin", optimiser: sgd(), own });
      return (await runGraph(graph, { rate: [0.1], step: [1], parameters, values, targets }))["next parameters"] as Float32Array;
    };
    const plain = await next({});
    const changed = await next({ bent: { rate: 0 }, scale: { rate: 2 }, weight: { penalty: 0.5 } });
    for (const { name, layer, offset, size } of plan.segments) {
      for (let i = offset; i < offset + size; i += 1) {
        const [start, went] = [parameters[i] as number, (plain[i] as number) - (parameters[i] as number)];
        const rate = name.endsWith("/scale") ? 2 : 1;
        const wanted = plan.layers[layer]?.kind === "physical" ? 0 : rate * went;
        const pulled = name.endsWith("/weight") ? -0.1 * 0.5 * start : 0;
        expect(changed[i], name).toBeCloseTo(start + wanted + pulled, 5);
      }
    }
  });

  it("asks for noise only where it has a size", () => {
    const graph = (input: number, outputOfRow: number): Graph =>
      stepGraph(plan, { rows, forward: "twin", noise: { input, outputOfRow }, optimiser: sgd() });
    const noises = (of: Graph): string[] => of.inputs.map(({ name }) => name).filter((name) => name.includes("noise"));
    expect(noises(graph(0, 0))).toEqual([]);
    expect(noises(graph(0.1, 0))).toEqual(["input noise 3", "input noise 5"]);
    expect(noises(graph(0.1, 0.2))).toHaveLength(4);
  });
});
