import { createBuilder, encodeModel, sgd, type Tensor, tensor } from "@ohmwork/autograd";
import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { plainRuntime, runGraph } from "../testing/run-graph.ts";
import { planNetwork } from "./plan.ts";
import { stepGraph, type StepOptions } from "./step-graph.ts";
import { cutFrom, LONGEST_WHOLE, partsOf } from "./vector-parts.ts";

describe("partsOf()", () => {
  it.each([1, LONGEST_WHOLE, LONGEST_WHOLE + 1, 407_050, 1_000_003])("parts a vector of %i numbers from end to end", (length) => {
    const parts = partsOf(length);
    expect(parts.at(-1)?.to).toBe(length);
    for (const [at, { from, to }] of parts.entries()) {
      expect(to).toBeGreaterThan(from);
      expect(from).toBe(parts[at - 1]?.to ?? 0);
    }
    expect(parts.length > 1).toBe(length > LONGEST_WHOLE);
  });
});

describe("cutFrom()", () => {
  it("cuts any stretch from the parts it lies in", async () => {
    const b = createBuilder();
    const parts = [0, 3, 4].map((from, at) => {
      const to = [3, 4, 9][at] as number;
      return { from, to, value: b.input(`${from}`, "float32", [to - from]) };
    });
    const stretches = [...Array(9).keys()].flatMap((from) =>
      Array.from({ length: 9 - from }, (_, more) => [from, from + more + 1]),
    );
    const outputs = stretches.map(([from = 0, to = 0]) => [`${from}:${to}`, b.identity(cutFrom(b, parts, from, to))] as const);
    const made = await runGraph(b.build({ outputs: Object.fromEntries(outputs) }), { 0: [0, 1, 2], 3: [3], 4: [4, 5, 6, 7, 8] });
    for (const [from = 0, to = 0] of stretches)
      expect([...(made[`${from}:${to}`] as Float32Array)]).toEqual(Array.from({ length: to - from }, (_, at) => from + at));
  });
});

describe("stepGraph() of a network with many parameters", () => {
  const [inputs, hidden, rows] = [300, 440, 2];
  const layers = [{ kind: "linear", outputs: hidden }, { kind: "tanh" }, { kind: "linear", outputs: 2 }] as const;
  const plan = planNetwork({ inputs, layers }, {});
  const { normal, uniform } = createRandom(1, "many parameters");
  const parameters = Float32Array.from({ length: plan.parameters }, () => 0.05 * normal());
  const rate = 0.1;
  const feeds: Readonly<Record<string, ArrayLike<number>>> = {
    rate: [rate],
    step: [1],
    values: Array.from({ length: inputs * rows }, uniform),
    targets: [1, 0, 0, 1],
  };

  it("moves each of them by the slope that differences have", async () => {
    expect(plan.parameters).toBeGreaterThan(LONGEST_WHOLE);
    const graph = stepGraph(plan, { rows, forward: "twin", optimiser: sgd() });
    await using session = await plainRuntime.load(encodeModel(graph));
    const given = Object.fromEntries(
      graph.inputs.map(({ name, shape }) => [name, tensor("float32", shape as number[], feeds[name] ?? parameters)]),
    );
    const numbers = (made: Tensor | undefined): Float32Array => made?.data as Float32Array;
    const lossOf = async (values: Float32Array): Promise<number> =>
      numbers(
        (await session.run({ ...given, parameters: tensor("float32", [values.length], values) }, ["loss"]))["loss"],
      )[0] as number;
    const made = await session.run(given);
    const [next, norm] = [numbers(made["next parameters"]), numbers(made["norm"])];
    const slopes = parameters.map((value, at) => (value - (next[at] as number)) / rate);
    expect(Math.sqrt(slopes.reduce((sum, slope) => sum + slope * slope, 0))).toBeCloseTo(norm[0] as number, 3);
    // One after another of each parameter of each layer, and beside the seams of the parts.
    const seams = partsOf(plan.parameters).flatMap(({ from, to }) => [from, to - 1]);
    for (const { offset, size } of plan.segments) {
      for (const at of [offset, offset + size - 1, ...seams.filter((seam) => seam > offset && seam < offset + size)]) {
        const [more, less] = [parameters.slice(), parameters.slice()];
        more[at] = (more[at] as number) + 0.02;
        less[at] = (less[at] as number) - 0.02;
        const wanted = ((await lossOf(more)) - (await lossOf(less))) / 0.04;
        expect(Math.abs((slopes[at] as number) - wanted), `${at}`).toBeLessThan(2e-4);
      }
    }
  });

  it("moves each at the rate of its own, wherever the parts begin", async () => {
    const next = async (own?: NonNullable<StepOptions["own"]>): Promise<Float32Array> => {
      const graph = stepGraph(plan, { rows, forward: "twin", optimiser: sgd(), ...(own && { own }) });
      return (await runGraph(graph, { ...feeds, parameters }))["next parameters"] as Float32Array;
    };
    const [plain, changed] = [await next(), await next({ weight: { rate: 0.5, penalty: 2 }, bias: { rate: 0 } })];
    const wanted = parameters.slice();
    for (const { name, offset, size } of plan.segments) {
      if (!name.endsWith("/weight")) continue;
      for (let at = offset; at < offset + size; at += 1) {
        const start = parameters[at] as number;
        wanted[at] = start + 0.5 * ((plain[at] as number) - start - rate * 2 * start);
      }
    }
    expect(plain).not.toEqual(changed);
    const furthest = changed.reduce((most, value, at) => Math.max(most, Math.abs(value - (wanted[at] as number))), 0);
    expect(furthest).toBeLessThan(1e-6);
  });
});
