import { type Plate, plateModes, titaniumPlate } from "./plate-modes.ts";
import { impulseResponse, type PlateSampling, type RingingMode } from "./plate-response.ts";

export type CalculatedPlateOptions = {
  /** @default titaniumPlate */
  readonly plate?: Plate;
  /** How many of its lowest modes ring. @default 24 */
  readonly modes?: number;
  /** Quality factor of every mode as calculated. @default 20 */
  readonly quality?: number;
  /** @default 392 samples at 30 kHz, a voice coil that takes the sound to 1 / e in 40 of them */
  readonly sampling?: PlateSampling;
};

export type CalculatedPlate = {
  readonly modes: readonly RingingMode[];
  readonly sampling: PlateSampling;
  /** Brings the norm of the response to 1: a microphone's gain, which the device keeps. */
  readonly gain: number;
  /** [samples] */
  readonly response: Float64Array;
};

/** A plate as it is calculated before one is made: what its twin knows. */
export function calculatedPlate(options: CalculatedPlateOptions = {}): CalculatedPlate {
  const { plate = titaniumPlate, quality = 20 } = options;
  const { sampling = { samples: 392, sampleHertz: 30_000, dampingSamples: 40 } } = options;
  const modes = plateModes(plate, options.modes ?? 24).map(({ hertz, amplitude }) => ({ hertz, amplitude, quality }));
  const response = impulseResponse(modes, sampling);
  const gain = 1 / Math.hypot(...response);
  return { modes, sampling, gain, response: response.map((value) => value * gain) };
}
