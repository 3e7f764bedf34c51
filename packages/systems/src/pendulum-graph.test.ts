import { differentiate, encodeModel, type GraphSession, type Tensor, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { type Batch, createBatch, createRandom, type PhysicalSystem } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { pendulumTwin, pendulumTwinGraph } from "./pendulum-graph.ts";
import { createPendulums, publishedPendulums } from "./pendulums.ts";
import { withTwins } from "./twin.ts";

const n = 12;
const rows = 5;

const random = createRandom(9, "pendulums of a test");
const inputs = Float32Array.from({ length: rows * n }, () => 1.5 * random.normal());
const parameters = Float32Array.from({ length: n * n + n }, () => 0.2 * random.normal());

async function anglesOf(system: PhysicalSystem): Promise<Float32Array> {
  await system.program(parameters);
  return ((await system.respond(createBatch(inputs, [rows, n]), { id: "call" })).stages["angles"] as Batch).data;
}

function worst(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

describe("createPendulums() on a runtime keeps the contract", () => {
  const create = async (seed: number): Promise<PhysicalSystem> => createPendulums({ pendulums: 7, seed, runtime: testRuntime });
  for (const { name, run } of physicalSystemContract("on a runtime", create))
    it(name, async () => expect(await run()).toBeUndefined());
});

describe("createPendulums() on a runtime", () => {
  it("swings as the reference does, with its whole gap and noise", async () => {
    for (const gapScale of [0, 1]) {
      await using fast = createPendulums({ pendulums: n, seed: 3, gapScale, runtime: testRuntime });
      await using reference = createPendulums({ pendulums: n, seed: 3, gapScale });
      expect(worst(await anglesOf(fast), await anglesOf(reference))).toBeLessThan(2e-6);
    }
  });

  it("does so in the size of the published example as well, where each is pulled by 195 others", async () => {
    const [size] = publishedPendulums.digits;
    const couplings = Float32Array.from({ length: size * size + size }, () => 0.05 * random.normal());
    const start = createBatch(Float32Array.from({ length: 2 * size }, random.uniform), [2, size]);
    const answers: Float32Array[] = [];
    for (const runtime of [{ runtime: testRuntime }, {}]) {
      await using system = createPendulums({ pendulums: size, seed: 3, ...runtime });
      await system.program(couplings);
      answers.push(((await system.respond(start, { id: "call" })).stages["angles"] as Batch).data);
    }
    expect(worst(answers[0] as Float32Array, answers[1] as Float32Array)).toBeLessThan(1e-5);
  });
});

describe("pendulumTwin()", () => {
  it("swings as the device without a gap does", async () => {
    const { model, stage } = await pendulumTwin({ pendulums: n });
    await using session = await testRuntime.load(model);
    const { [stage]: angles } = await session.run({
      inputs: tensor("float32", [rows, n], inputs),
      parameters: tensor("float32", [n * n + n], parameters),
    });
    await using reference = createPendulums({ pendulums: n, seed: 1, gapScale: 0 });
    expect(worst(angles?.data as Float32Array, await anglesOf(reference))).toBeLessThan(2e-6);
  });

  it("has gradients that agree with finite differences of the reference", async () => {
    const weights = Float32Array.from({ length: rows * n }, () => random.normal());
    const graph = differentiate(pendulumTwinGraph(n), { of: "angles", by: ["inputs", "parameters"], vjp: true });
    await using session: GraphSession = await testRuntime.load(encodeModel(graph));
    const found = await session.run({
      inputs: tensor("float32", [rows, n], inputs),
      parameters: tensor("float32", [n * n + n], parameters),
      cotangent_angles: tensor("float32", [rows, n], weights),
    });
    await using device = createPendulums({ pendulums: n, seed: 1, gapScale: 0 });
    const weightedSum = async (x: Float32Array, p: Float32Array): Promise<number> => {
      await device.program(p);
      const { data } = (await device.respond(createBatch(x, [rows, n]))).stages["angles"] as Batch;
      return data.reduce((sum, angle, i) => sum + angle * (weights[i] as number), 0);
    };
    const step = 2 ** -7; // exact in float32; its third order leaves some 1e-5
    const slope = async (at: Float32Array, i: number, sum: (moved: Float32Array) => Promise<number>): Promise<number> => {
      const up = at.with(i, (at[i] as number) + step);
      const down = at.with(i, (at[i] as number) - step);
      return ((await sum(up)) - (await sum(down))) / ((up[i] as number) - (down[i] as number));
    };
    const gradientOf = (name: string): Float32Array => (found[name] as Tensor).data as Float32Array;
    for (let i = 0; i < inputs.length; i += 7) {
      const expected = await slope(inputs, i, (moved) => weightedSum(moved, parameters));
      expect(Math.abs((gradientOf("grad_inputs")[i] as number) - expected)).toBeLessThan(3e-4);
    }
    // On and beside the diagonal, and torques.
    for (const i of [0, 1, n, n + 1, 5 * n + 5, 7 * n + 2, n * n, n * n + n - 1]) {
      const expected = await slope(parameters, i, (moved) => weightedSum(inputs, moved));
      expect(Math.abs((gradientOf("grad_parameters")[i] as number) - expected)).toBeLessThan(3e-4);
    }
  });

  it("names the stage that it models by the hash of its graph, the same every time", async () => {
    const [twin, again] = [await pendulumTwin({ pendulums: 3 }), await pendulumTwin({ pendulums: 3 })];
    expect(twin.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(again.sha256).toBe(twin.sha256);
    expect((await pendulumTwin({ pendulums: 4 })).sha256).not.toBe(twin.sha256);
    await using system = withTwins(createPendulums({ pendulums: 3, seed: 1 }), [twin]);
    expect(system.stages).toEqual([{ name: "angles", width: 3, twin: twin.sha256 }]);
    expect(() => withTwins(system, [{ ...twin, stage: "sound" }])).toThrow("Twin models stage sound: expected angles");
  });
});
