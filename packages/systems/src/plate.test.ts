import { type Batch, batchOf, createBatch, createRandom, type PhysicalSystem } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { calculatedPlate } from "./calculated-plate.ts";
import { drawPlateModes, realisticPlateGap } from "./plate-gap.ts";
import { plateModes, titaniumPlate } from "./plate-modes.ts";
import { impulseResponse, toeplitzOf } from "./plate-response.ts";
import { createPlate } from "./plate.ts";

async function soundOf(system: PhysicalSystem, inputs: Batch, id?: string): Promise<Float32Array> {
  return ((await system.respond(inputs, id === undefined ? {} : { id })).stages["sound"] as Batch).data;
}

const short = { samples: 24, sampleHertz: 30_000, dampingSamples: 40 };
const norm = (values: Iterable<number>): number => Math.hypot(...values);

describe("createPlate() keeps the contract", () => {
  const kinds = { "as its twin": 0, "with its gap": 1 };
  for (const [kind, gapScale] of Object.entries(kinds)) {
    for (const { name, run } of physicalSystemContract(kind, async (seed) => createPlate({ sampling: short, gapScale, seed })))
      it(`${kind}: ${name}`, async () => expect(await run()).toBeUndefined());
  }
});

describe("plateModes()", () => {
  it("gives the frequency parameters ω a² √(ρ h / D) that Leissa tabulates for the square, simply supported plate", () => {
    // A. W. Leissa, The free vibration of rectangular plates, J. Sound Vib. 31 (1973) 257–293, case SS-SS-SS-SS.
    const leissa = [19.7392, 49.348, 49.348, 78.9568, 98.696, 98.696];
    const square = { ...titaniumPlate, widthMetres: titaniumPlate.lengthMetres };
    const { youngsModulusPascals: modulus, densityKgPerCubicMetre: density, thicknessMetres: thickness } = square;
    const stiffness = (modulus * thickness ** 3) / (12 * (1 - square.poissonRatio ** 2));
    const parameters = plateModes(square, 6).map(
      ({ hertz }) => 2 * Math.PI * hertz * square.lengthMetres ** 2 * Math.sqrt((density * thickness) / stiffness),
    );
    for (const [i, parameter] of parameters.entries()) expect(Math.abs(parameter - (leissa[i] as number))).toBeLessThan(5e-4);
  });

  it("spans the titanium plate's band, 571 Hz to 10.39 kHz, below half of the sample rate", () => {
    const modes = plateModes(titaniumPlate, 24);
    expect(modes[0]?.hertz).toBeCloseTo(571.2, 1);
    expect(modes[23]?.hertz).toBeCloseTo(10_394.1, 1);
  });

  it("hears nothing where a mode stands still, and as much at either end", () => {
    const atNode = plateModes({ ...titaniumPlate, struckAt: [0.5, 0.37] }, 24).filter(({ m }) => m % 2 === 0);
    for (const { amplitude } of atNode) expect(Math.abs(amplitude)).toBeLessThan(1e-12);
    const { struckAt, heardAt } = titaniumPlate;
    const swapped = plateModes({ ...titaniumPlate, struckAt: heardAt, heardAt: struckAt }, 24);
    expect(swapped).toEqual(plateModes(titaniumPlate, 24));
  });

  it("refuses more modes than it knows", () => {
    expect(() => plateModes(titaniumPlate, 65)).toThrow("65");
    expect(() => plateModes(titaniumPlate, 0)).toThrow(RangeError);
  });
});

describe("createPlate()", () => {
  it("answers like a bank of second-order filters, one for each mode", async () => {
    const rows = 3;
    const { modes, gain, sampling } = calculatedPlate();
    const random = createRandom(1, "drive of a test");
    const played = Float32Array.from({ length: rows * 392 }, () => 2 * random.uniform() - 1);
    await using system = createPlate({ seed: 1, gapScale: 0 });
    const heard = await soundOf(system, createBatch(played, [rows, 392]));
    // Z-transform of aᵣ rʲ sin θj: y[t] = 2 r cos θ y[t−1] − r² y[t−2] + a r sin θ u[t−1].
    for (let row = 0; row < rows; row += 1) {
      const expected = new Float64Array(392);
      for (const { hertz, quality, amplitude } of modes) {
        const theta = (2 * Math.PI * hertz) / sampling.sampleHertz;
        const r = Math.exp(-theta / (2 * quality) - 1 / sampling.dampingSamples);
        let [before, twoBefore] = [0, 0];
        for (let t = 0; t < 392; t += 1) {
          const push = t === 0 ? 0 : (played[row * 392 + t - 1] as number);
          const now = 2 * r * Math.cos(theta) * before - r ** 2 * twoBefore + amplitude * gain * r * Math.sin(theta) * push;
          (expected[t] as number) += now;
          [before, twoBefore] = [now, before];
        }
      }
      const error = expected.map((value, t) => value - (heard[row * 392 + t] as number));
      expect(norm(error) / norm(expected)).toBeLessThan(1e-6);
    }
  });

  it("adds: the sound of two drives together is the sum of their sounds", async () => {
    await using system = createPlate({ sampling: short, seed: 2, gapScale: 0 });
    const drive = (seed: number): Float32Array => {
      const random = createRandom(seed, "drive of a test");
      return Float32Array.from({ length: 24 }, () => 2 * random.uniform() - 1);
    };
    const [one, two] = [drive(1), drive(2)];
    const both = one.map((value, i) => value + (two[i] as number));
    const sounds = await soundOf(system, batchOf([[...one], [...two], [...both]]));
    for (let t = 0; t < 24; t += 1) expect(sounds[48 + t]).toBeCloseTo((sounds[t] as number) + (sounds[24 + t] as number), 5);
  });

  it("answers a push as far from the calculated plate as the prototype's three plates did: 41, 63 and 71 %", () => {
    const { modes, sampling, gain, response } = calculatedPlate();
    const errors = Array.from({ length: 40 }, (_, seed) => {
      const real = impulseResponse(drawPlateModes(modes, realisticPlateGap, 1, seed), sampling).map((value) => value * gain);
      return norm(real.map((value, t) => value - (response[t] as number)));
    }).sort((a, b) => a - b);
    expect(errors[20]).toBeGreaterThan(0.41);
    expect(errors[20]).toBeLessThan(0.71);
    expect(errors[0]).toBeGreaterThan(0.2);
    expect(errors[39]).toBeLessThan(1.1);
  });

  it("drifts with the count of its calls", async () => {
    const gap = { ...realisticPlateGap, ports: {}, driftPeriodCalls: 4 };
    await using system = createPlate({ sampling: short, seed: 1, gap });
    const push = batchOf([Array.from({ length: 24 }, (_, t) => (t === 0 ? 1 : 0))]);
    const first = await soundOf(system, push);
    const second = await soundOf(system, push, "second");
    expect(norm(second.map((value, t) => value - (first[t] as number)))).toBeGreaterThan(1e-3);
    expect(await soundOf(system, push, "second")).toEqual(second);
    for (let call = 2; call < 4; call += 1) await soundOf(system, push);
    for (const [t, value] of (await soundOf(system, push)).entries()) expect(value).toBeCloseTo(first[t] as number, 6);
  });

  it("declares what was drawn", () => {
    expect(createPlate({ sampling: short, seed: 1, gapScale: 0 }).gap).toEqual([]);
    expect(createPlate({ sampling: short, seed: 1 }).gap.map(({ kind, size }) => [kind, size])).toEqual([
      ["error", 0.04],
      ["error", 0.04],
      ["error", 0.16],
      ["error", 0.2],
      ["drift", 0.01],
      ["offset", 0.02],
      ["noise", 0.01],
      ["noise", 0.01],
    ]);
  });
});

describe("toeplitzOf()", () => {
  it("is the convolution as a matrix", () => {
    expect([...toeplitzOf(Float64Array.of(1, 2, 3))]).toEqual([1, 2, 3, 0, 1, 2, 0, 0, 1]);
  });
});
