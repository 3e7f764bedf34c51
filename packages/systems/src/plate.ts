import { type GraphRuntime, tensor } from "@ohmwork/autograd";
import type { Ports } from "@ohmwork/core";
import { calculatedPlate, type CalculatedPlateOptions } from "./calculated-plate.ts";
import { driftAt } from "./call-count.ts";
import { checkSizes, type SimulatedSystem } from "./declared-gap.ts";
import { createGraphKernel } from "./graph-kernel.ts";
import { declarePlateGap, drawPlateModes, type PlateGap, realisticPlateGap } from "./plate-gap.ts";
import { plateDeviceGraph, plateStage } from "./plate-graph.ts";
import { convolve, impulseResponse, toeplitzOf } from "./plate-response.ts";
import { scalePortGap } from "./port-gap.ts";
import { createSimulatedSystem } from "./simulated-system.ts";
import { withPortGap } from "./with-port-gap.ts";

export type PlateOptions = CalculatedPlateOptions & {
  /** Largest drive, either way. @default 6 */
  readonly largestDrive?: number;
  /** Draws how the plate was made, and its noise. */
  readonly seed: number;
  /** @default realisticPlateGap */
  readonly gap?: PlateGap;
  /** Every size of the gap times this: at 0 the device is its twin. @default 1 */
  readonly gapScale?: number;
  /** Works the sound out instead of the reference in this package. */
  readonly runtime?: GraphRuntime;
};

/**
 * A plate on a voice coil, heard by a microphone: inputs are the samples that are played [T], no parameters, outputs the
 * samples that are heard [T], from silence. It is linear: what it can be taught lies in what it is played. Drive and sound
 * are in units in which the calculated plate's answer to one sample of 1 has the norm 1.
 *
 * @throws RangeError when a size of the gap is not one
 */
export function createPlate(options: PlateOptions): SimulatedSystem {
  const { seed, largestDrive = 6, gap = realisticPlateGap, gapScale = 1, runtime } = options;
  checkSizes({ ...gap, gapScale });
  const calculated = calculatedPlate(options);
  const { sampling, gain } = calculated;
  const modes = drawPlateModes(calculated.modes, gap, gapScale, seed);
  const responseAt = (calls: number): Float64Array => {
    const drift = 1 + gap.frequencyDrift * gapScale * driftAt(calls, gap.driftPeriodCalls);
    return impulseResponse(modes, sampling, drift).map((value) => value * gain);
  };
  const loudest = largestDrive * responseAt(0).reduce((sum, value) => sum + Math.abs(value), 0);
  const size = sampling.samples;
  const kernel = runtime && createGraphKernel(runtime, () => plateDeviceGraph(size));
  const system = createSimulatedSystem({
    ports: platePorts(size, largestDrive, loudest),
    stage: plateStage,
    gap: declarePlateGap(gap, gapScale),
    ...(kernel && { dispose: () => kernel[Symbol.asyncDispose]() }),
    respond: (played, rows, calls) => {
      const response = responseAt(calls);
      if (kernel === undefined) return convolve(played, response);
      return kernel.run({
        drive: tensor("float32", [rows, size], played),
        matrix: tensor("float32", [size, size], toeplitzOf(response)),
      });
    },
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
