import { differentiate, encodeModel, type Tensor, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shgStage, shgTwinGraph } from "./shg-graph.ts";
import { createShgKernel } from "./shg-kernel.ts";
import { drawnShgOptics } from "./shg-optics.ts";
import { hybridShg, type ShgSetup, vowelShg } from "./shg-setup.ts";

/** Uniform in −2 to 2: a modulator that ends at ±2.5 has no kink there. */
const drives = (count: number, seed: number): Float64Array => {
  const random = createRandom(seed, "twin of SHG");
  return new Float64Array(count).map(() => 4 * random.uniform() - 2);
};

const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] as number), 0);

function spectra(setup: ShgSetup, inputs: Float64Array, parameters: Float64Array): Float32Array {
  const kernel = createShgKernel(setup, drawnShgOptics(setup));
  kernel.program(Float32Array.from(parameters));
  return kernel.run(Float32Array.from(inputs), inputs.length / setup.inputBins, 1);
}

describe("shgTwin()", () => {
  for (const [form, setup] of Object.entries({ hybrid: hybridShg, vowels: vowelShg })) {
    it(`in the form of ${form} has the slope of the pulse in any direction of inputs and parameters`, async () => {
      const rows = 3;
      const { inputBins, trainableBins, outputBins } = setup;
      const graph = differentiate(shgTwinGraph(setup), { of: shgStage, by: ["inputs", "parameters"], vjp: true });
      await using session = await testRuntime.load(encodeModel(graph));
      const [x, theta, cotangent] = [drives(rows * inputBins, 1), drives(trainableBins, 2), drives(rows * outputBins, 3)];
      const answer = await session.run({
        inputs: tensor("float32", [rows, inputBins], x),
        parameters: tensor("float32", [trainableBins], theta),
        [`cotangent_${shgStage}`]: tensor("float32", [rows, outputBins], cotangent),
      });
      const gradient = ["grad_inputs", "grad_parameters"].flatMap((name) =>
        Array.from((answer[name] as Tensor).data as Float32Array),
      );
      for (let seed = 4; seed < 9; seed += 1) {
        const direction = drives(x.length + theta.length, seed);
        const step = 0.003;
        const scoreAt = (by: number): number => {
          const moved = [...x, ...theta].map((value, i) => value + by * (direction[i] as number));
          return inner(
            cotangent,
            spectra(setup, Float64Array.from(moved.slice(0, x.length)), Float64Array.from(moved.slice(x.length))),
          );
        };
        const slope = (scoreAt(step) - scoreAt(-step)) / (2 * step);
        const size = Math.sqrt(inner(gradient, gradient) * inner(direction, direction));
        expect(Math.abs(inner(gradient, direction) - slope) / size).toBeLessThan(1e-4);
      }
    });
  }

  it("is the reference for bands of any size", async () => {
    const size = fc.integer({ min: 1, max: 9 });
    const setups = fc.record({
      inputBins: size,
      trainableBins: size,
      outputBins: size,
      bands: fc.constantFrom("apart" as const, "adjacent" as const),
      modulator: fc.constantFrom("linear" as const, "sigmoid" as const),
    });
    await fc.assert(
      fc.asyncProperty(setups, async (bins) => {
        fc.pre(bins.outputBins < bins.inputBins + bins.trainableBins);
        const setup: ShgSetup = { ...vowelShg, ...bins };
        // Twice as far as a modulator goes.
        const wide = (values: Float64Array): Float64Array => values.map((value) => 2.5 * value);
        const [x, theta] = [wide(drives(2 * bins.inputBins, 1)), wide(drives(bins.trainableBins, 2))];
        await using session = await testRuntime.load(encodeModel(shgTwinGraph(setup)));
        const answer = await session.run({
          inputs: tensor("float32", [2, bins.inputBins], x),
          parameters: tensor("float32", [bins.trainableBins], theta),
        });
        const wanted = spectra(setup, x, theta);
        const got = answer[shgStage]?.data as Float32Array;
        for (const [i, power] of wanted.entries()) expect(Math.abs((got[i] as number) - power)).toBeLessThan(1e-5 * (1 + power));
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});
