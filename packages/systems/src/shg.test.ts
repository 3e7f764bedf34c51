import { encodeModel, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { createBatch, createRandom } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { gapOf } from "./declared-gap.ts";
import { realisticShgGap } from "./shg-gap.ts";
import { shgStage, shgTwinGraph } from "./shg-graph.ts";
import { createShgKernel } from "./shg-kernel.ts";
import { drawnShgOptics, drawShgOptics } from "./shg-optics.ts";
import { axis, hybridShg, type ShgSetup, vowelShg } from "./shg-setup.ts";
import { createShg, type ShgOptions } from "./shg.ts";

const forms: Readonly<Record<string, ShgSetup>> = { hybrid: hybridShg, vowels: vowelShg };

const normals = (count: number, deviation: number, seed: number): Float32Array => {
  const random = createRandom(seed, "drives");
  return new Float32Array(count).map(() => deviation * random.normal());
};

async function measure(options: ShgOptions, rows: number, deviation = 1): Promise<Float32Array> {
  const { inputBins, trainableBins } = options.setup ?? hybridShg;
  await using system = createShg(options);
  await system.program(normals(trainableBins, 1.5, 2));
  const { stages } = await system.respond(createBatch(normals(rows * inputBins, deviation, 1), [rows, inputBins]));
  return stages[shgStage]?.data as Float32Array;
}

/**
 * The field of a pulse as a sum over all pairs of pixels, straight from the definition: amplitudes under crosstalk as a matrix,
 * complex fields, every ordered pair (p, q) added to the bin of p + q; of bands apart, only pairs of one pixel from each.
 */
function byPairs(setup: ShgSetup, gapScale: number, seed: number, input: Float32Array, trainable: Float32Array): number[] {
  const { inputBins, trainableBins, outputBins, bands } = setup;
  const scaled = Object.fromEntries(
    Object.entries(realisticShgGap).map(([key, size]) => [key, typeof size === "number" ? size * gapScale : size]),
  ) as typeof realisticShgGap;
  const o = drawShgOptics(setup, scaled, seed);
  const n = inputBins + trainableBins;
  const at = (values: Float64Array, k: number): number => values[k] as number;
  const amplitude = [...input, ...trainable].map((drive, p) => {
    const v = at(o.slopes, p) * drive + at(o.offsets, p);
    return setup.modulator === "linear" ? Math.max(0, Math.min(1, 0.5 + v / 5)) : (Math.tanh(v / 2) + 1) / 2;
  });
  const field = amplitude.map((own, p) => {
    const mixed =
      at(o.fromItself, p) * own + at(o.fromBefore, p) * (amplitude[p - 1] ?? 0) + at(o.fromAfter, p) * (amplitude[p + 1] ?? 0);
    return [mixed * at(o.real, p), mixed * at(o.imaginary, p)] as const;
  });
  const spectrum = new Map<number, [number, number]>();
  for (let p = 0; p < n; p += 1) {
    for (let q = 0; q < n; q += 1) {
      if (bands === "apart" && p < inputBins === q < inputBins) continue;
      const [a, b] = field[p] as readonly [number, number];
      const [c, d] = field[q] as readonly [number, number];
      const sum = spectrum.get(p + q) ?? [0, 0];
      spectrum.set(p + q, [sum[0] + a * c - b * d, sum[1] + a * d + b * c]);
    }
  }
  // The trainable band begins at inputBins here; bins of two bands apart are counted from the first product.
  const sums = [...spectrum.keys()].toSorted((a, b) => a - b);
  const from = Math.floor((sums.length - outputBins) / 2);
  return sums.slice(from, from + outputBins).map((sum, bin) => {
    const [re, im] = spectrum.get(sum) as [number, number];
    // The scale of bands apart has the two orders of a pair in it.
    const scale = at(o.matching, bin) / (bands === "apart" ? 2 : 1);
    return at(o.gains, bin) * scale ** 2 * (re * re + im * im) + o.dark;
  });
}

const relativeError = (got: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(squares(Array.from(got, (value, i) => value - (wanted[i] as number))) / squares(wanted));
};

for (const [form, setup] of Object.entries(forms)) {
  describe(`createShg() in the form of ${form}`, () => {
    for (const gapScale of [0, 1]) {
      describe(`keeps the contract with a gap of factor ${gapScale}`, () => {
        for (const { name, run } of physicalSystemContract("SHG", async (seed) => createShg({ seed, setup, gapScale })))
          it(name, async () => expect(await run()).toBeUndefined());
      });
    }

    it("is the sum over all pairs of pixels, with a gap and without", async () => {
      for (const gapScale of [0, 1]) {
        const gap = { ...realisticShgGap, drift: 0, spectrumNoise: 0, ports: {} };
        const { inputBins, trainableBins } = setup;
        const got = await measure({ seed: 5, setup, gap, gapScale }, 1);
        const wanted = byPairs(setup, gapScale, 5, normals(inputBins, 1, 1), normals(trainableBins, 1.5, 2));
        expect(relativeError(got, wanted)).toBeLessThan(1e-6);
      }
    });

    it("without a gap is its twin", async () => {
      const { inputBins, trainableBins } = setup;
      await using session = await testRuntime.load(encodeModel(shgTwinGraph(setup)));
      const { spectra } = await session.run({
        inputs: tensor("float32", [5, inputBins], normals(5 * inputBins, 1, 1)),
        parameters: tensor("float32", [trainableBins], normals(trainableBins, 1.5, 2)),
      });
      const device = await measure({ seed: 1, setup, gapScale: 0 }, 5);
      expect(relativeError(spectra?.data as Float32Array, device)).toBeLessThan(1e-5);
    });

    it("departs from its twin the more, the larger its gap is", async () => {
      const twin = await measure({ seed: 1, setup, gapScale: 0 }, 8);
      const errors: number[] = [];
      for (const gapScale of [0.25, 0.5, 1]) errors.push(relativeError(await measure({ seed: 1, setup, gapScale }, 8), twin));
      expect(errors.toSorted((a, b) => a - b)).toEqual(errors);
    });

    it("tells its gap, and none where there is none", () => {
      expect(gapOf(createShg({ seed: 1, setup, gapScale: 0 }))).toEqual([]);
      expect(gapOf(createShg({ seed: 1, setup })).map(({ where, kind }) => `${where} ${kind}`)).toContain("structure structure");
    });
  });
}

describe("createShg()", () => {
  it("has the noise of its ports beside that of its spectrometer", () => {
    const noiseOf = (spectrumNoise: number, outputNoise: number): number | undefined => {
      const gap = { ...realisticShgGap, spectrumNoise, ports: { outputNoise } };
      return gapOf(createShg({ seed: 1, gap })).find(({ name }) => name === "noise of the outputs")?.size;
    };
    const [own, ports] = [noiseOf(0.02, 0) as number, 0.03];
    expect(noiseOf(0, ports)).toBe(ports);
    expect(noiseOf(0.02, ports)).toBeCloseTo(Math.hypot(own, ports), 12);
  });

  it("refuses a gap of a size that is none", () => {
    for (const gapScale of [-1, Number.NaN, Infinity]) expect(() => createShg({ seed: 1, gapScale })).toThrow(RangeError);
  });
});

describe("createShg() on a runtime", () => {
  for (const { name, run } of physicalSystemContract("SHG", async (seed) => createShg({ seed, runtime: testRuntime })))
    it(`keeps the contract: ${name}`, async () => expect(await run()).toBeUndefined());

  it("gives what the reference gives", async () => {
    const gap = { ...realisticShgGap, ports: {}, spectrumNoise: 0 };
    const reference = await measure({ seed: 3, gap }, 9);
    expect(relativeError(await measure({ seed: 3, gap, runtime: testRuntime }, 9), reference)).toBeLessThan(1e-5);
  });
});

describe("createShgKernel()", () => {
  /** All pixels at full amplitude under a Gaussian with a quadratic phase; phase matching flat. */
  const chirped = (setup: ShgSetup, chirp: number): Float32Array => {
    const drawn = drawnShgOptics(setup);
    const sizes = setup.bands === "apart" ? [setup.inputBins, setup.trainableBins] : [setup.inputBins + setup.trainableBins];
    const phase = Float64Array.from(sizes.flatMap((size) => Array.from(axis(size), (x) => chirp * x * x)));
    const real = drawn.real.map((value, p) => value * Math.cos(phase[p] as number));
    const imaginary = drawn.real.map((value, p) => value * Math.sin(phase[p] as number));
    const kernel = createShgKernel(setup, { ...drawn, real, imaginary });
    kernel.program(new Float32Array(setup.trainableBins).fill(20));
    return kernel.run(new Float32Array(setup.inputBins).fill(20), 1, 1);
  };

  it("doubles a chirped Gaussian pulse into the Gaussian of the integral", () => {
    // ∫ exp(−c (x² + (s − x)²)) dx = exp(−c s²/2) √(π/2c), c = 1/w² − i chirp; the sum over pixels is the integral over their spacing.
    const width = 0.2;
    for (const bands of ["adjacent", "apart"] as const) {
      const setup = { ...vowelShg, inputBins: 60, trainableBins: 60, bands, envelopeWidth: width, phaseMatching: 0 };
      const pixels = bands === "apart" ? 60 : 120;
      const spacing = 2 / (pixels - 1);
      const scale = bands === "apart" ? 2 / Math.sqrt(60) : 4 / 120;
      const first = Math.floor((2 * pixels - 1 - setup.outputBins) / 2);
      for (const chirp of [0, 8, 30]) {
        const size = Math.PI / 2 / Math.hypot(1 / width ** 2, chirp) / spacing ** 2;
        const wanted = Array.from({ length: setup.outputBins }, (_, bin) => {
          const sum = (first + bin) * spacing - 2;
          return scale ** 2 * size * Math.exp(-((sum / width) ** 2));
        });
        expect(relativeError(chirped(setup, chirp), wanted)).toBeLessThan(1e-6);
      }
    }
  });

  it("answers with the fourth power of the pulse's field", () => {
    const kernel = createShgKernel(vowelShg, drawnShgOptics(vowelShg));
    const drives = normals(vowelShg.inputBins, 1, 1);
    const ones = kernel.run(drives, 1, 1);
    expect(
      relativeError(
        kernel.run(drives, 1, 1.1),
        ones.map((power) => 1.1 ** 4 * power),
      ),
    ).toBeLessThan(1e-6);
  });
});
