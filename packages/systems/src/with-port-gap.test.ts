import { batchOf, type Batch, createBatch, type PhysicalSystem } from "@ohmwork/core";
import { physicalSystemContract, scaled } from "@ohmwork/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idealPorts, type PortGap, scalePortGap } from "./port-gap.ts";
import { createSimulatedSystem } from "./simulated-system.ts";
import { withPortGap } from "./with-port-gap.ts";

/** Adds its two inputs times their parameters: what it does wrong is all the gap's. */
function createAdder(): PhysicalSystem {
  let weights = Float32Array.of(1, 1);
  return createSimulatedSystem({
    ports: {
      inputs: [{ name: "drive", unit: "V", size: 2, min: -4, max: 4 }],
      parameters: [{ name: "weight", unit: "", size: 2, min: 0, max: 1 }],
      outputs: [{ name: "sum", unit: "V", size: 1, min: -8, max: 8 }],
    },
    stage: "sum",
    gap: [],
    program: (parameters) => void (weights = Float32Array.from(parameters)),
    respond: (inputs, rows) =>
      Float32Array.from(
        { length: rows },
        (_, row) =>
          (inputs[2 * row] as number) * (weights[0] as number) + (inputs[2 * row + 1] as number) * (weights[1] as number),
      ),
  });
}

const everything: PortGap = {
  inputOffset: 0.02,
  outputOffset: 0.02,
  inputNoise: 0.01,
  outputNoise: 0.01,
  outputNoiseOfRow: 0.01,
  inputLevels: 4096,
  outputLevels: 4096,
  parameterLevels: 129,
  parameterError: 0.1,
  drift: 0.02,
  driftPeriodCalls: 40,
};

const repeated = (row: number[], count: number): Batch => batchOf(Array.from({ length: count }, () => row));

async function sumsOf(system: PhysicalSystem, inputs: Batch, id?: string): Promise<Float32Array> {
  const { stages } = await system.respond(inputs, id === undefined ? {} : { id });
  return (stages["sum"] as Batch).data;
}

function spreadOf(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
}

describe("withPortGap() keeps the contract", () => {
  for (const [kind, gap] of [["none", {}] as const, ["all of it", everything] as const]) {
    for (const { name, run } of physicalSystemContract(kind, async (seed) => withPortGap(createAdder(), gap, seed)))
      it(`with ${kind}: ${name}`, async () => expect(await run()).toBeUndefined());
  }
});

describe("withPortGap()", () => {
  it("changes nothing and declares nothing when nothing is asked of it", async () => {
    await using system = withPortGap(createAdder(), {}, 1);
    expect([...(await sumsOf(system, batchOf([[1.25, 2]])))]).toEqual([3.25]);
    expect(system.gap).toEqual([]);
  });

  it("adds noise of the size that it declares, fresh with every value and every call", async () => {
    const count = 4000;
    for (const [gap, expected] of [
      [{ inputNoise: 0.1 }, 0.1 * Math.SQRT2],
      [{ outputNoise: 0.1 }, 0.1],
    ] as const) {
      await using system = withPortGap(createAdder(), gap, 3);
      const first = await sumsOf(system, repeated([1, 1], count));
      const { mean, deviation } = spreadOf(first);
      // Four standard errors of the mean and of the deviation of a normal sample.
      expect(Math.abs(mean - 2)).toBeLessThan((4 * expected) / Math.sqrt(count));
      expect(Math.abs(deviation / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * count));
      expect(await sumsOf(system, repeated([1, 1], count))).not.toEqual(first);
    }
  });

  it("sets the noise of a row by the spread of that row alone", async () => {
    const width = 2000;
    const wide = createSimulatedSystem({
      ports: {
        inputs: [{ name: "u", unit: "V", size: width, min: -9, max: 9 }],
        parameters: [],
        outputs: [{ name: "sum", unit: "V", size: width, min: -9, max: 9 }],
      },
      stage: "sum",
      gap: [],
      respond: (inputs) => inputs.slice(),
    });
    await using system = withPortGap(wide, { outputNoiseOfRow: 0.05 }, 4);
    const rows = Float32Array.from({ length: 3 * width }, (_, i) => (i < width ? 1 : i < 2 * width ? (-1) ** i : 4 * (-1) ** i));
    const errors = (await sumsOf(system, createBatch(rows, [3, width]))).map((value, i) => value - (rows[i] as number));
    const deviations = [0, 1, 2].map((row) => spreadOf(errors.subarray(row * width, (row + 1) * width)).deviation);
    expect(deviations[0]).toBe(0);
    expect(Math.abs((deviations[1] as number) / 0.05 - 1)).toBeLessThan(4 / Math.sqrt(2 * width));
    expect(Math.abs((deviations[2] as number) / 0.2 - 1)).toBeLessThan(4 / Math.sqrt(2 * width));
  });

  it("keeps offsets and errors of parameters, and draws others for another seed", async () => {
    const fixed = { inputOffset: 0.1, outputOffset: 0.1, parameterError: 0.1 };
    const seen = new Set<number>();
    for (const seed of [1, 2, 3]) {
      await using system = withPortGap(createAdder(), fixed, seed);
      await system.program(Float32Array.of(0.5, 0.25));
      const [one, two] = await sumsOf(system, repeated([1, 2], 2));
      expect(one).toBe(two);
      expect(await sumsOf(system, batchOf([[1, 2]]))).toEqual(Float32Array.of(one as number));
      seen.add(one as number);
    }
    expect(seen.size).toBe(3);
  });

  it("brings values to the positions of their converters", async () => {
    // Five positions over −4 … 4 V are 2 V apart; over 0 … 1 a quarter.
    await using inputs = withPortGap(createAdder(), { inputLevels: 5 }, 1);
    expect([...(await sumsOf(inputs, batchOf([[0.9, 0], [1.1, 0], [-4, 4]])))]).toEqual([0, 2, 0]); // prettier-ignore
    await using parameters = withPortGap(createAdder(), { parameterLevels: 5 }, 1);
    await parameters.program(Float32Array.of(0.3, 0.9));
    expect([...(await sumsOf(parameters, batchOf([[1, 0], [0, 1]])))]).toEqual([0.25, 1]); // prettier-ignore
    await using outputs = withPortGap(createAdder(), { outputLevels: 5, outputOffset: 1e-9 }, 1);
    expect([...(await sumsOf(outputs, batchOf([[1.1, 1], [4, 4]])))]).toEqual([4, 8]); // prettier-ignore
  });

  it("never brings a value further than half a step, nor to more positions than there are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 300 }),
        fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 40 }),
        async (inputLevels, drives) => {
          await using system = withPortGap(createAdder(), { inputLevels }, 1);
          const sums = await sumsOf(system, batchOf(drives.map((drive) => [drive, -4])));
          const step = 8 / (inputLevels - 1);
          for (const [i, sum] of sums.entries()) {
            expect(Math.abs(sum + 4 - (drives[i] as number))).toBeLessThan(step / 2 + 1e-5);
            const position = (sum + 8) / step;
            expect(Math.abs(position - Math.round(position))).toBeLessThan(1e-3);
          }
        },
      ),
      { numRuns: scaled(500), seed: 1 },
    );
  });

  it("drifts slowly and returns after a period, whatever the noise", async () => {
    await using system = withPortGap(createAdder(), { drift: 0.1, driftPeriodCalls: 20 }, 1);
    const sums: number[] = [];
    for (let call = 0; call < 21; call += 1) sums.push((await sumsOf(system, batchOf([[1, 1]])))[0] as number);
    expect(sums[0]).toBe(2);
    expect(sums[5]).toBeCloseTo(2.2, 6);
    expect(sums[15]).toBeCloseTo(1.8, 6);
    expect(sums[20]).toBeCloseTo(2, 6);
  });

  it("does not count a retried call, so that drift stands still with it", async () => {
    await using system = withPortGap(createAdder(), everything, 1);
    const inputs = batchOf([[1, 1]]);
    await sumsOf(system, inputs, "first");
    const second = await sumsOf(system, inputs, "second");
    expect(await sumsOf(system, inputs, "second")).toEqual(second);
    expect(await sumsOf(system, inputs, "third")).not.toEqual(second);
  });

  it("stops at the ends of a window as a converter does", async () => {
    await using system = withPortGap(createAdder(), { inputNoise: 3, parameterError: 2 }, 1);
    await system.program(Float32Array.of(1, 1));
    for (const sum of await sumsOf(system, repeated([4, -4], 200))) expect(Math.abs(sum)).toBeLessThanOrEqual(8);
  });

  it("saves and restores the state of what it wraps as well", async () => {
    const nested = (): PhysicalSystem => withPortGap(withPortGap(createAdder(), everything, 1), everything, 2);
    await using system = nested();
    const inputs = batchOf([[1, 1]]);
    await sumsOf(system, inputs);
    const state = await system.snapshot?.();
    const next = [await sumsOf(system, inputs), await sumsOf(system, inputs)];
    await using resumed = nested();
    await resumed.restore?.(state as Uint8Array);
    expect([await sumsOf(resumed, inputs), await sumsOf(resumed, inputs)]).toEqual(next);
  });

  it("refuses sizes that are none", () => {
    for (const gap of [
      { inputNoise: -1 },
      { outputOffset: Number.NaN },
      { inputLevels: 1 },
      { outputLevels: 2.5 },
      { driftPeriodCalls: 0 },
    ]) {
      const [name = ""] = Object.keys(gap);
      expect(() => withPortGap(createAdder(), gap, 1)).toThrow(RangeError);
      expect(() => withPortGap(createAdder(), gap, 1)).toThrow(`Gap has ${name}`);
    }
  });

  it("refuses a state that is not one of its own", async () => {
    await using system = withPortGap(createAdder(), everything, 1);
    const state = JSON.parse(new TextDecoder().decode(await system.snapshot?.())) as { calls: object };
    const broken = new TextEncoder().encode(JSON.stringify({ ...state, calls: { calls: -1, lastId: null } }));
    await expect(system.restore?.(broken)).rejects.toThrow("Snapshot counts -1 calls: expected a whole number of 0 or more");
  });

  it("declares every part of its gap after that of what it wraps", () => {
    const once = withPortGap(createAdder(), everything, 1);
    expect(once.gap.map(({ kind }) => kind).sort()).toEqual(
      ["drift", "error", "noise", "noise", "noise", "offset", "offset", "quantisation", "quantisation", "quantisation"].sort(),
    );
    expect(once.gap).toContainEqual({ name: "offset of each input", where: "input", size: 0.02, unit: "V", kind: "offset" });
    expect(withPortGap(once, { drift: 0.5 }, 2).gap.length).toBe(once.gap.length + 1);
  });
});

describe("scalePortGap()", () => {
  it("makes a gap nothing, itself, or twice itself", () => {
    expect(scalePortGap(everything, 0)).toEqual({ ...idealPorts, driftPeriodCalls: 40 });
    expect(scalePortGap(everything, 1)).toEqual(everything);
    expect(scalePortGap(everything, 2)).toMatchObject({
      inputNoise: 0.02,
      parameterError: 0.2,
      drift: 0.04,
      parameterLevels: 65,
    });
    expect(scalePortGap({ inputLevels: 3 }, 100).inputLevels).toBe(2);
  });
});
