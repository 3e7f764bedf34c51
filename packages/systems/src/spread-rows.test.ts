import { type Batch, createBatch, type PhysicalSystem } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { ear8 } from "./ear/ear-design.ts";
import { createMixer } from "./ear/mixer.ts";
import { spreadRows } from "./spread-rows.ts";

const mixer = (seed: number, classes = 3): PhysicalSystem => createMixer({ design: ear8(), seed, classes });
const rows = (count: number): Batch =>
  createBatch(
    new Float32Array(24 * count).map((_, i) => 0.5 + (i % 7) / 7),
    [count, 24],
  );
const scoresOf = async (system: PhysicalSystem, inputs: Batch, id: string): Promise<Float32Array> =>
  ((await system.respond(inputs, { id })).stages["scores"] as Batch).data;

describe("spreadRows()", () => {
  for (const { name, run } of physicalSystemContract("mixers", async (seed) => spreadRows([mixer(seed), mixer(seed + 1)])))
    it(`keeps the contract: ${name}`, async () => expect(await run()).toBeUndefined());

  it("gives each system its part of the rows, in their order, all at the same parameters", async () => {
    const systems = [mixer(1), mixer(2), mixer(3)];
    const parameters = new Float32Array(75).fill(0.25);
    const spread = spreadRows(systems);
    await spread.program(parameters);
    const inputs = rows(7);
    const whole = await scoresOf(spread, inputs, "call");
    const part = (from: number, to: number): Batch => createBatch(inputs.data.slice(24 * from, 24 * to), [to - from, 24]);
    const own: number[] = [];
    for (const [k, [from, to]] of [
      [0, 2],
      [2, 5],
      [5, 7],
    ].entries()) {
      const alone = mixer(k + 1);
      await alone.program(parameters);
      own.push(...(await scoresOf(alone, part(from as number, to as number), `call/${k}`)));
    }
    expect([...whole]).toEqual(own);
  });

  it("takes fewer rows than there are systems, and as many as all can", async () => {
    const spread = spreadRows([mixer(1), mixer(2), mixer(3)]);
    expect((await scoresOf(spread, rows(1), "one")).length).toBe(3);
    expect(spread.traits.largestBatch).toBe(3 * mixer(1).traits.largestBatch);
  });

  it("refuses none, and what is not alike", () => {
    expect(() => spreadRows([])).toThrow("none given");
    expect(() => spreadRows([mixer(1), mixer(1, 4)])).toThrow("with the same ports");
  });
});
