import type { GraphRuntime } from "@ohmwork/autograd";
import type { Ports } from "@ohmwork/core";
import { driftAt } from "./call-count.ts";
import { checkSizes, type SimulatedSystem } from "./declared-gap.ts";
import { scalePortGap } from "./port-gap.ts";
import { declareShgGap, realisticShgGap, realisticVowelShgGap, scaleShgGap, type ShgGap } from "./shg-gap.ts";
import { shgStage } from "./shg-graph.ts";
import { createShgKernel, type ShgKernel } from "./shg-kernel.ts";
import { drawnShgOptics, drawShgOptics } from "./shg-optics.ts";
import { createProductsOnRuntime } from "./shg-products-on-runtime.ts";
import { fieldScale, hybridShg, type ShgSetup } from "./shg-setup.ts";
import { createSimulatedSystem } from "./simulated-system.ts";
import { withPortGap } from "./with-port-gap.ts";

export type ShgOptions = {
  /** Draws the optical bench and its noise. */
  readonly seed: number;
  /** @default hybridShg */
  readonly setup?: ShgSetup;
  /** Largest drive of a pixel, either way; a modulator is at its end long before. @default 20 */
  readonly largestDrive?: number;
  /** @default realisticShgGap for bands apart, realisticVowelShgGap for adjacent ones */
  readonly gap?: ShgGap;
  /** Every size of the gap times this; at 0 the device is its twin. @default 1 */
  readonly gapScale?: number;
  /** Works out the spectra of bands apart instead of the reference in this package; adjacent bands stay with the reference. */
  readonly runtime?: GraphRuntime;
};

/**
 * A femtosecond pulse that is shaped pixel by pixel, doubled in a crystal, and measured by a spectrometer: inputs are drives of the
 * input pixels [inputBins], parameters drives of the trainable ones [trainableBins], outputs the power of the second harmonic
 * [outputBins] in units of the drawing. A drive is a number; the curve of the modulator belongs to the device, a scale and a shift
 * before it do not. All trainable drives are 0 until they are set.
 *
 * @throws RangeError when a size of the gap is not one
 */
export function createShg(options: ShgOptions): SimulatedSystem {
  const { seed, setup = hybridShg, largestDrive = 20, gapScale = 1, runtime } = options;
  const gap = options.gap ?? (setup.bands === "apart" ? realisticShgGap : realisticVowelShgGap);
  checkSizes({ ...gap, gapScale });
  const sizes = scaleShgGap(gap, gapScale);
  const optics = drawShgOptics(setup, sizes, seed);
  const onRuntime = runtime && setup.bands === "apart" ? createProductsOnRuntime(setup, optics, runtime) : undefined;
  const kernel: ShgKernel = onRuntime ?? createShgKernel(setup, optics);
  const crystal = createSimulatedSystem({
    ports: shgPorts(setup, largestDrive),
    stage: shgStage,
    gap: declareShgGap(sizes),
    ...(onRuntime && { dispose: () => onRuntime[Symbol.asyncDispose]() }),
    program: kernel.program,
    respond: (inputs, rows, calls) => kernel.run(inputs, rows, 1 + sizes.drift * driftAt(calls, sizes.driftPeriodCalls)),
  });
  const ports = scalePortGap(gap.ports, gapScale);
  const outputNoise = Math.hypot(ports.outputNoise, sizes.spectrumNoise * meanSpectrum(setup));
  return withPortGap(crystal, { ...ports, outputNoise }, seed);
}

function shgPorts(setup: ShgSetup, largestDrive: number): Ports {
  const { bands, inputBins, trainableBins, outputBins } = setup;
  const drive = { unit: "drive", min: -largestDrive, max: largestDrive };
  const products = bands === "apart" ? Math.min(inputBins, trainableBins) : inputBins + trainableBins;
  return {
    inputs: [{ name: "input pixel", size: inputBins, ...drive }],
    parameters: [{ name: "trainable pixel", size: trainableBins, ...drive }],
    outputs: [{ name: "power", unit: "1", size: outputBins, min: 0, max: (fieldScale(setup) * products) ** 2 }],
  };
}

/** Of the drawn bench, all pixels at half drive. */
function meanSpectrum(setup: ShgSetup): number {
  const drawn = createShgKernel(setup, drawnShgOptics(setup));
  const spectrum = drawn.run(new Float32Array(setup.inputBins), 1, 1);
  return spectrum.reduce((sum, power) => sum + power, 0) / setup.outputBins;
}
