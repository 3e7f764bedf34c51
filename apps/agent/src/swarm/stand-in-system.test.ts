import { batchOf, type Ports } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { createStandIn } from "./stand-in-system.ts";

const ports: Ports = {
  inputs: [{ name: "in", unit: "V", size: 3, min: -1, max: 1 }],
  parameters: [{ name: "wiper", unit: "V", size: 2, min: 0, max: 2 }],
  outputs: [{ name: "out", unit: "V", size: 4, min: 0, max: 5 }],
};
const stages = [{ name: "volts", width: 4 }];

describe("createStandIn()", () => {
  it.each(physicalSystemContract("Stand-in", async (seed) => createStandIn({ ports, stages, seed })))(
    "$name",
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );

  it("answers to inputs and parameters, within the windows of its outputs", async () => {
    await using system = createStandIn({ ports, stages, seed: 1 });
    const inputs = batchOf([
      [1, -1, 0.5],
      [-1, 1, 0.5],
    ]);
    const before = (await system.respond(inputs)).stages["volts"]?.data ?? new Float32Array(0);
    await system.program(Float32Array.of(2, 0.5));
    const after = (await system.respond(inputs)).stages["volts"]?.data ?? new Float32Array(0);
    expect(before).toHaveLength(8);
    expect(before.slice(0, 4)).not.toEqual(before.slice(4));
    for (const [i, value] of after.entries()) {
      expect(value).not.toBe(before[i]);
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(5);
    }
  });
});
