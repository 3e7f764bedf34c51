import type { Ports } from "@ohmwork/core";
import { driftAt } from "./call-count.ts";
import type { SimulatedSystem } from "./declared-gap.ts";
import { declarePlateGap, drawPlateModes, type PlateGap, realisticPlateGap } from "./plate-gap.ts";
import { type Plate, plateModes, titaniumPlate } from "./plate-modes.ts";
import { convolve, impulseResponse, type PlateSampling } from "./plate-response.ts";
import { scalePortGap } from "./port-gap.ts";
import { createSimulatedSystem } from "./simulated-system.ts";
import { withPortGap } from "./with-port-gap.ts";

export type PlateOptions = {
  /** @default titaniumPlate */
  readonly plate?: Plate;
  /** How many of its lowest modes ring. @default 24 */
  readonly modes?: number;
  /** Quality factor of every mode as calculated. @default 20 */
  readonly quality?: number;
  /** @default 392 samples at 30 kHz, a voice coil that takes the sound to 1 / e in 40 of them */
  readonly sampling?: PlateSampling;
  /** Largest drive, either way. @default 6 */
  readonly largestDrive?: number;
  /** Draws how the plate was made, and its noise. */
  readonly seed: number;
  /** @default realisticPlateGap */
  readonly gap?: PlateGap;
  /** Every size of the gap times this: at 0 the device is its twin. @default 1 */
  readonly gapScale?: number;
};

export const plateStage = "sound";

/** Impulse response of the plate as calculated, and the factor that brings its norm to 1: a microphone's gain, which the device keeps. */
export function calculatedPlate(options: Omit<PlateOptions, "seed">): {
  modes: { hertz: number; quality: number; amplitude: number }[];
  sampling: PlateSampling;
  gain: number;
  response: Float64Array;
} {
  const { plate = titaniumPlate, quality = 20 } = options;
  const { sampling = { samples: 392, sampleHertz: 30_000, dampingSamples: 40 } } = options;
  const modes = plateModes(plate, options.modes ?? 24).map(({ hertz, amplitude }) => ({ hertz, amplitude, quality }));
  const response = impulseResponse(modes, sampling);
  const gain = 1 / Math.hypot(...response);
  return { modes, sampling, gain, response: response.map((value) => value * gain) };
}

/**
 * A plate on a voice coil, heard by a microphone: inputs are the samples that are played [T], no parameters, outputs the
 * samples that are heard [T], from silence. It is linear: what it can be taught lies in what it is played. Drive and sound
 * are in units in which the calculated plate's answer to one sample of 1 has the norm 1.
 */
export function createPlate(options: PlateOptions): SimulatedSystem {
  const { seed, largestDrive = 6, gap = realisticPlateGap, gapScale = 1 } = options;
  const calculated = calculatedPlate(options);
  const { sampling, gain } = calculated;
  const modes = drawPlateModes(calculated.modes, gap, gapScale, seed);
  const responseAt = (calls: number): Float64Array => {
    const drift = 1 + gap.frequencyDrift * gapScale * driftAt(calls, gap.driftPeriodCalls);
    return impulseResponse(modes, sampling, drift).map((value) => value * gain);
  };
  const loudest = largestDrive * responseAt(0).reduce((sum, value) => sum + Math.abs(value), 0);
  const system = createSimulatedSystem({
    ports: platePorts(sampling.samples, largestDrive, loudest),
    stage: plateStage,
    gap: declarePlateGap(gap, gapScale),
    respond: (played, _rows, calls) => convolve(played, responseAt(calls)),
  });
  return withPortGap(system, scalePortGap(gap.ports, gapScale), seed);
}

function platePorts(size: number, largestDrive: number, loudest: number): Ports {
  return {
    inputs: [{ name: "drive", unit: "", size, min: -largestDrive, max: largestDrive }],
    parameters: [],
    outputs: [{ name: "sound", unit: "", size, min: -loudest, max: loudest }],
  };
}
