import { testRuntime } from "@ohmwork/autograd/testing";
import { tensor } from "@ohmwork/autograd";
import { type Batch, createBatch, createRandom, type PhysicalSystem } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { plateTwin } from "./plate-graph.ts";
import { createPlate } from "./plate.ts";

const rows = 4;
const samples = 392;

const random = createRandom(9, "drive of a test");
const drive = Float32Array.from({ length: rows * samples }, () => Math.min(6, Math.max(-6, 2 * random.normal())));

async function soundOf(system: PhysicalSystem): Promise<Float32Array> {
  return ((await system.respond(createBatch(drive, [rows, samples]), { id: "call" })).stages["sound"] as Batch).data;
}

function worst(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

describe("createPlate() on a runtime keeps the contract", () => {
  const sampling = { samples: 24, sampleHertz: 30_000, dampingSamples: 40 };
  const create = async (seed: number): Promise<PhysicalSystem> => createPlate({ sampling, seed, runtime: testRuntime });
  for (const { name, run } of physicalSystemContract("on a runtime", create))
    it(name, async () => expect(await run()).toBeUndefined());
});

describe("createPlate() on a runtime", () => {
  it("sounds as the reference does, with its whole gap and noise", async () => {
    for (const gapScale of [0, 1]) {
      await using fast = createPlate({ seed: 3, gapScale, runtime: testRuntime });
      await using reference = createPlate({ seed: 3, gapScale });
      expect(worst(await soundOf(fast), await soundOf(reference))).toBeLessThan(5e-6);
    }
  });
});

describe("plateTwin()", () => {
  it("sounds as the device without a gap does", async () => {
    const { model, stage } = await plateTwin();
    await using session = await testRuntime.load(model);
    const { [stage]: sound } = await session.run({ inputs: tensor("float32", [rows, samples], drive) });
    await using reference = createPlate({ seed: 1, gapScale: 0 });
    expect(worst(sound?.data as Float32Array, await soundOf(reference))).toBeLessThan(5e-6);
  });
});
