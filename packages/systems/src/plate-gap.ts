import { createRandom } from "@ohmwork/core";
import type { DeclaredGap } from "./declared-gap.ts";
import type { RingingMode } from "./plate-response.ts";
import type { PortGap } from "./port-gap.ts";

/** What a real plate does that the calculated one does not. */
export type PlateGap = {
  /** Relative error of each mode's frequency, standard deviation. */
  readonly frequency: number;
  /** Relative error of all frequencies together, up or down: thickness and temperature. */
  readonly commonFrequency: number;
  /** Relative error of each mode's quality factor, standard deviation; no factor is more than doubled or halved. */
  readonly quality: number;
  /** Error of each mode's amplitude, standard deviation, in parts of their mean size. */
  readonly amplitude: number;
  /** Amplitude of a slow sine of all frequencies over the calls, relative, and its period in calls. */
  readonly frequencyDrift: number;
  readonly driftPeriodCalls: number;
  readonly ports: Partial<PortGap>;
};

/**
 * A plate whose answer to a push is some 40 to 70 % off that of the calculated one: in-silico training loses half of its
 * digits to it, and a refitted read-out does not bring them back.
 */
export const realisticPlateGap: PlateGap = {
  frequency: 0.04,
  commonFrequency: 0.04,
  quality: 0.16,
  amplitude: 0.2,
  frequencyDrift: 0.01,
  driftPeriodCalls: 3000,
  ports: { inputOffset: 0.02, inputNoise: 0.01, outputNoiseOfRow: 0.01 },
};

/** Draws the modes of one plate: every size of the gap times `scale`, the draw itself the same for every scale. */
export function drawPlateModes(modes: readonly RingingMode[], gap: PlateGap, scale: number, seed: number): RingingMode[] {
  const random = createRandom(seed, "modes of the plate");
  const common = (random.below(2) === 0 ? 1 : -1) * gap.commonFrequency * scale;
  const loudness = modes.reduce((sum, { amplitude }) => sum + Math.abs(amplitude), 0) / modes.length;
  return modes.map(({ hertz, quality, amplitude }) => ({
    hertz: hertz * (1 + gap.frequency * scale * random.normal() + common),
    quality: quality * Math.min(2, Math.max(0.5, 1 + gap.quality * scale * random.normal())),
    amplitude: amplitude + gap.amplitude * scale * loudness * random.normal(),
  }));
}

export function declarePlateGap(gap: PlateGap, scale: number): DeclaredGap {
  const { frequency, commonFrequency, quality, amplitude, frequencyDrift, driftPeriodCalls } = gap;
  return [
    { name: "frequency of each mode", where: "structure", size: frequency * scale, unit: "", kind: "error" },
    { name: "all frequencies together", where: "structure", size: commonFrequency * scale, unit: "", kind: "error" },
    { name: "quality factor of each mode", where: "structure", size: quality * scale, unit: "", kind: "error" },
    { name: "amplitude of each mode, of their mean", where: "structure", size: amplitude * scale, unit: "", kind: "error" },
    {
      name: `all frequencies over ${driftPeriodCalls} calls`,
      where: "structure",
      size: frequencyDrift * scale,
      unit: "",
      kind: "drift",
    },
  ];
}
