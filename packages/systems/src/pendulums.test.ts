import { type Batch, batchOf, createBatch, createRandom, type PhysicalSystem } from "@ohmwork/core";
import { isDeep, physicalSystemContract, scaled } from "@ohmwork/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawPendulums, publishedPendulumGap, realisticPendulumGap } from "./pendulum-gap.ts";
import { type PendulumForces, swing } from "./pendulum-swing.ts";
import { createPendulums, publishedPendulums } from "./pendulums.ts";

async function anglesAfter(system: PhysicalSystem, inputs: Batch, id?: string): Promise<Float32Array> {
  return ((await system.respond(inputs, id === undefined ? {} : { id })).stages["angles"] as Batch).data;
}

const single = (torque = 0): PendulumForces => ({
  matrix: Float32Array.of(-1),
  torques: Float32Array.of(torque),
  angleFactor: 1,
});

/** Time that a pendulum let go at q₀ needs to swing to q: ∫ dφ / √(1 − k² sin² φ) from asin(sin(q/2)/k) to π/2, k = sin(q₀/2), by Simpson's rule. */
function timeOfSwing(q0: number, q: number): number {
  const k = Math.sin(q0 / 2);
  const from = Math.asin(Math.sin(q / 2) / k);
  const [steps, to] = [2000, Math.PI / 2];
  const width = (to - from) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i += 1) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight / Math.sqrt(1 - (k * Math.sin(from + i * width)) ** 2);
  }
  return (sum * width) / 3;
}

describe("createPendulums() keeps the contract", () => {
  const kinds = { "as its twin": 0, "with its gap": 1 };
  for (const [kind, gapScale] of Object.entries(kinds)) {
    for (const { name, run } of physicalSystemContract(kind, async (seed) => createPendulums({ pendulums: 7, gapScale, seed })))
      it(`${kind}: ${name}`, async () => expect(await run()).toBeUndefined());
  }
});

describe("swing()", () => {
  it("takes the time of an elliptic integral, to the fourth power of its step", () => {
    for (const q0 of [0.3, 1.5, 3]) {
      const errors = [5, 10, 20].map((steps) => {
        const [q] = swing(single(), Float32Array.of(q0), { steps, duration: 1 });
        return Math.abs(timeOfSwing(Math.fround(q0), q as number) - 1);
      });
      // Float32 angles carry 1e-7 of their own; RK4 at a fifth of a radian of time stays below 1e-4 of it.
      expect(errors[0]).toBeLessThan(1e-4);
      expect(errors[2]).toBeLessThan(2e-6);
    }
    const errorOf = (steps: number): number => {
      const [q] = swing(single(), Float32Array.of(1.5), { steps, duration: 3 });
      return Math.abs(timeOfSwing(1.5, q as number) - 3);
    };
    expect(errorOf(4) / errorOf(8)).toBeGreaterThan(10);
  });

  it("keeps the two modes of two pendulums apart: 1 in step, √(1 + 2 J) against each other", () => {
    const [coupling, small, time] = [0.7, 1e-3, 2];
    const matrix = Float32Array.of(-1 - coupling, coupling, coupling, -1 - coupling);
    const forces = { matrix, torques: new Float32Array(2), angleFactor: 1 };
    const [, inStep, , against] = swing(forces, Float32Array.of(small, small, -small, small), { duration: time, steps: 200 });
    expect((inStep as number) / small).toBeCloseTo(Math.cos(time), 5);
    expect((against as number) / small).toBeCloseTo(Math.cos(Math.sqrt(1 + 2 * coupling) * time), 5);
  });

  it("hangs where torque and gravity are equal", () => {
    const [q] = swing(single(0.5), Float32Array.of(Math.PI / 6), { duration: 10, steps: 100 });
    expect(q).toBeCloseTo(Math.PI / 6, 5);
  });
});

describe("swing()", () => {
  const forcesOf = fc.integer({ min: 1, max: 6 }).chain((n) =>
    fc.record({
      couplings: fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: n * n, maxLength: n * n }),
      angles: fc.array(fc.float({ min: -6, max: 6, noNaN: true }), { minLength: n, maxLength: n }),
    }),
  );
  const symmetric = (couplings: readonly number[], n: number, order: readonly number[]): Float32Array =>
    Float32Array.from(couplings, (_, k) => {
      const [i, j] = [order[Math.floor(k / n)] as number, order[k % n] as number];
      return (couplings[i * n + j] as number) + (couplings[j * n + i] as number);
    });

  it("swings to the other side from the other side, whatever the couplings", () => {
    fc.assert(
      fc.property(forcesOf, ({ couplings, angles }) => {
        const n = angles.length;
        const matrix = symmetric(couplings, n, [...angles.keys()]);
        const forces = { matrix, torques: new Float32Array(n), angleFactor: 1.1 };
        const there = swing(forces, Float32Array.from(angles));
        const back = swing(
          forces,
          Float32Array.from(angles, (angle) => -angle),
        );
        for (const [i, angle] of there.entries()) expect(back[i]).toBeCloseTo(-angle, 10);
      }),
      { numRuns: scaled(1000), seed: 1 },
    );
  });

  it("does not care which pendulum is counted first", () => {
    fc.assert(
      fc.property(forcesOf, ({ couplings, angles }) => {
        const n = angles.length;
        const order = [...angles.keys()].toReversed();
        const torques = new Float32Array(n);
        const one = swing(
          { matrix: symmetric(couplings, n, [...angles.keys()]), torques, angleFactor: 1 },
          Float32Array.from(angles),
        );
        const reversed = { matrix: symmetric(couplings, n, order), torques, angleFactor: 1 };
        const other = swing(
          reversed,
          Float32Array.from(order, (i) => angles[i] as number),
        );
        for (const [i, angle] of one.entries()) expect(other[n - 1 - i]).toBeCloseTo(angle, 4);
      }),
      { numRuns: scaled(1000), seed: 1 },
    );
  });
});

describe("createPendulums()", () => {
  /** SciPy 1.17, solve_ivp, DOP853, rtol 1e-13, atol 1e-14, of the equation in the docstring of `createPendulums`. */
  const scipy = [0.2788596287649556, 1.2287001391059302, 1.2351913405388066, 0.2914236990440558];

  it("agrees with SciPy on four coupled pendulums, couplings not symmetric, torques on", async () => {
    const n = 4;
    const couplings = Array.from({ length: n * n }, (_, k) => 0.3 * Math.sin(1.7 * Math.floor(k / n) + 2.3 * (k % n) + 0.4));
    const torques = Array.from({ length: n }, (_, i) => 0.2 * Math.cos(1.1 * i));
    await using system = createPendulums({ pendulums: n, seed: 1, gapScale: 0 });
    await system.program(Float32Array.from([...couplings, ...torques]));
    const angles = await anglesAfter(system, batchOf([Array.from({ length: n }, (_, i) => 1.5 * Math.sin(0.9 * i + 0.2))]));
    // Five steps of a tenth leave 1e-6; the device is that map and not its limit.
    for (const [i, angle] of angles.entries()) expect(Math.abs(angle - (scipy[i] as number))).toBeLessThan(2e-6);
  });

  it("comes in the sizes of the published examples", async () => {
    for (const pendulums of [...publishedPendulums.digits, ...publishedPendulums.clothes.slice(0, isDeep ? 2 : 1)]) {
      await using system = createPendulums({ pendulums, seed: 1 });
      expect(system.ports.parameters.reduce((sum, { size }) => sum + size, 0)).toBe(pendulums * (pendulums + 1));
      expect((await anglesAfter(system, createBatch(new Float32Array(pendulums).fill(0.5), [1, pendulums]))).length).toBe(
        pendulums,
      );
    }
  });

  it("departs from its twin more the larger its gap", async () => {
    const inputs = batchOf([Array.from({ length: 20 }, (_, i) => Math.sin(i))]);
    const random = createRandom(1, "couplings of a test");
    const parameters = Float32Array.from({ length: 420 }, (_, i) => (i < 400 ? 0.05 * random.normal() : 0));
    const answerOf = async (gapScale: number): Promise<Float32Array> => {
      await using system = createPendulums({ pendulums: 20, seed: 3, gapScale });
      await system.program(parameters);
      return await anglesAfter(system, inputs);
    };
    const twin = await answerOf(0);
    const distances = await Promise.all(
      [0.25, 0.5, 1].map(async (scale) => Math.hypot(...(await answerOf(scale)).map((q, i) => q - (twin[i] as number)))),
    );
    expect(distances[0]).toBeGreaterThan(0.01);
    expect(distances[1]).toBeGreaterThan(1.5 * (distances[0] as number));
    expect(distances[2]).toBeGreaterThan(1.5 * (distances[1] as number));
  });

  it("drifts with the count of its calls, and a call with a known id stands still", async () => {
    const gap = { ...realisticPendulumGap, ports: {}, driftPeriodCalls: 8 };
    await using system = createPendulums({ pendulums: 3, seed: 1, gap });
    const inputs = batchOf([[1, -1, 0.5]]);
    const first = await anglesAfter(system, inputs);
    const second = await anglesAfter(system, inputs, "second");
    expect(second).not.toEqual(first);
    expect(await anglesAfter(system, inputs, "second")).toEqual(second);
    for (let call = 2; call < 8; call += 1) await anglesAfter(system, inputs);
    const period = await anglesAfter(system, inputs);
    for (const [i, angle] of period.entries()) expect(angle).toBeCloseTo(first[i] as number, 6);
  });

  it("declares what was drawn and nothing that was not", () => {
    const declared = (gapScale: number): string[] =>
      createPendulums({ seed: 1, pendulums: 2, gapScale }).gap.map(({ name }) => name);
    expect(declared(0)).toEqual([]);
    expect(declared(1)).toEqual([
      "angle under every sine",
      "stiffness of each pendulum",
      "each coupling",
      "frozen couplings",
      "all stiffnesses over 1500 calls",
      "noise of the inputs",
      "noise of the outputs, of each row's spread",
    ]);
    expect(createPendulums({ seed: 1, pendulums: 2, gap: publishedPendulumGap }).gap.map(({ size }) => size)).toEqual([
      0.1, 0.2, 0.02,
    ]);
  });

  it("refuses a number of pendulums that cannot be built", () => {
    expect(() => createPendulums({ pendulums: 0, seed: 1 })).toThrow(RangeError);
    expect(() => createPendulums({ pendulums: 2.5, seed: 1 })).toThrow("2.5");
  });
});

describe("drawPendulums()", () => {
  it("couples both ways alike, with the spread of its gap", () => {
    const n = 80;
    const { frozen, couplingFactors } = drawPendulums(n, realisticPendulumGap, 1, 5);
    const beside: number[] = [];
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < i; j += 1) {
        expect(frozen[i * n + j]).toBe(frozen[j * n + i]);
        expect(couplingFactors[i * n + j]).toBe(couplingFactors[j * n + i]);
        beside.push(frozen[i * n + j] as number);
      }
    }
    // The mean of two entries of standard deviation 0.3; four standard errors of a deviation.
    const deviation = Math.sqrt(beside.reduce((sum, value) => sum + value ** 2, 0) / beside.length);
    expect(Math.abs(deviation / (0.3 * Math.SQRT1_2) - 1)).toBeLessThan(4 / Math.sqrt(2 * beside.length));
  });
});
