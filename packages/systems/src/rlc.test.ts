import { encodeModel, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { createBatch, createRandom } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { gapOf } from "./declared-gap.ts";
import { nominalRlc } from "./rlc-circuit.ts";
import { drawRlcCircuit, realisticRlcGap } from "./rlc-gap.ts";
import { rlcStage, rlcTwinGraph, twinScan } from "./rlc-graph.ts";
import { createRlcKernel } from "./rlc-kernel.ts";
import { createRlc, type RlcOptions } from "./rlc.ts";

const drive = (rows: number, seed = 1): Float32Array => {
  const random = createRandom(seed, "drive");
  return new Float32Array(rows * 784).map(() => Math.max(-4, Math.min(4, random.normal())));
};

async function measure(options: RlcOptions, rows: number): Promise<Float32Array> {
  await using system = createRlc(options);
  const { stages } = await system.respond(createBatch(drive(rows), [rows, 784]));
  return stages[rlcStage]?.data as Float32Array;
}

const relativeError = (got: Float32Array, wanted: Float32Array): number => {
  const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(squares(got.map((value, i) => value - (wanted[i] as number))) / squares(wanted));
};

describe("createRlc() keeps the contract", () => {
  for (const gapScale of [0, 1]) {
    describe(`with a gap of factor ${gapScale}`, () => {
      for (const { name, run } of physicalSystemContract("R-L-C", async (seed) =>
        createRlc({ seed, bursts: 3, slots: 5, gapScale }),
      ))
        it(name, async () => expect(await run()).toBeUndefined());
    });
  }
});

describe("createRlc()", () => {
  it("without a gap is the circuit of its twin, step for step", async () => {
    const outputs = new Float32Array(784 * 2);
    createRlcKernel(nominalRlc, twinScan({}))(drive(2), outputs);
    expect(await measure({ seed: 1, gapScale: 0 }, 2)).toEqual(outputs);
    expect(gapOf(createRlc({ seed: 1, gapScale: 0 }))).toEqual([]);
  });

  it("without a gap is its twin", async () => {
    for (const splitting of ["strang", "lie"] as const) {
      await using session = await testRuntime.load(encodeModel(rlcTwinGraph({ splitting })));
      const { voltages } = await session.run({ inputs: tensor("float32", [3, 784], drive(3)) });
      const twin = voltages?.data as Float32Array;
      expect(relativeError(await measure({ seed: 1, gapScale: 0, splitting }, 3), twin)).toBeLessThan(1e-5);
    }
  });

  it("departs from its twin the more, the larger its gap is", async () => {
    const twin = await measure({ seed: 1, gapScale: 0 }, 4);
    const errors: number[] = [];
    for (const gapScale of [0.5, 1, 2]) errors.push(relativeError(await measure({ seed: 1, gapScale }, 4), twin));
    expect(errors.toSorted((a, b) => a - b)).toEqual(errors);
  });

  it("is one draw for every size of its gap, and another for another seed", () => {
    const once = drawRlcCircuit(realisticRlcGap, 1, 3);
    const twice = drawRlcCircuit(realisticRlcGap, 2, 3);
    for (const part of ["inverseInductance", "transconductance", "threshold"] as const)
      expect(twice[part] - nominalRlc[part]).toBeCloseTo(2 * (once[part] - nominalRlc[part]), 12);
    expect(twice.tank?.frequency).toBe(once.tank?.frequency);
    expect(drawRlcCircuit(realisticRlcGap, 1, 4)).not.toEqual(once);
  });

  it("draws parts within their tolerance, either way", () => {
    const ratios = Array.from({ length: 200 }, (_, seed) => drawRlcCircuit(realisticRlcGap, 1, seed).transconductance / 3);
    for (const ratio of ratios) {
      expect(Math.abs(ratio - 1)).toBeGreaterThan(0.07 - 1e-12);
      expect(Math.abs(ratio - 1)).toBeLessThan(0.13 + 1e-12);
    }
    const above = ratios.filter((ratio) => ratio > 1).length;
    expect(above).toBeGreaterThan(70);
    expect(above).toBeLessThan(130);
  });

  it("drifts by its transistor, and comes back after a period", async () => {
    const gap = { ...realisticRlcGap, ports: {}, drift: 0.1, driftPeriodCalls: 4 };
    await using system = createRlc({ seed: 1, gap });
    const answers: Float32Array[] = [];
    for (let call = 0; call < 5; call += 1) {
      const { stages } = await system.respond(createBatch(drive(1), [1, 784]));
      answers.push(stages[rlcStage]?.data as Float32Array);
    }
    expect(answers[4]).toEqual(answers[0]);
    expect(answers[1]).not.toEqual(answers[0]);
    expect(answers[3]).not.toEqual(answers[1]);
  });

  it("tells its gap", () => {
    expect(gapOf(createRlc({ seed: 1 })).map(({ kind, where }) => `${where} ${kind}`)).toEqual([
      "structure error",
      "structure structure",
      "structure structure",
      "structure structure",
      "structure drift",
      "input offset",
      "input noise",
      "output noise",
    ]);
  });

  it.each(["bursts", "slots", "stepsPerSlot"])("refuses a number of %s that is none", (name) => {
    for (const count of [0, 1.5]) {
      expect(() => createRlc({ seed: 1, [name]: count })).toThrow(
        new RangeError(`R-L-C circuit has ${name} ${count}: expected a whole number of 1 or more`),
      );
    }
  });

  it("refuses a gap that leaves no circuit", () => {
    expect(() => createRlc({ seed: 1, gapScale: 20 })).toThrow(/Gap of factor 20 gives \w+ -[\d.]+: expected more than 0/);
  });
});
