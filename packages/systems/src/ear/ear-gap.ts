import { createRandom, type Random } from "@ohmwork/core";
import type { DeclaredGap } from "../declared-gap.ts";
import { type ChannelNow, type Detector, DIODE_VOLTS, ENVELOPE_SECONDS } from "./ear-circuit.ts";
import { dampingOf, type EarDesign } from "./ear-design.ts";

/** What a soldered ear does that the drawn one does not. */
export type EarGap = {
  /** Relative error of every frequency, quality, gain, time constant, and of every weight of the mixer; standard deviation, cut off at three. */
  readonly tolerance: number;
  /** Offset of each rectifier [V]. */
  readonly rectifierOffset: number;
  /** Relative error of each diode's drop, where diodes rectify. */
  readonly diodeDrop: number;
  /** Offset of each rail of the mixer, and of each comparator behind it [V]. */
  readonly mixerOffset: number;
  /** Noise of every reading [V]. */
  readonly readingNoise: number;
  /** White noise of the microphone, behind the gain control [V]: 0.0316 is 30 dB below the loudest frame. */
  readonly microphoneNoise: number;
  /** What the gain control misses its level by, anew for every clip [dB]. */
  readonly gainDecibels: number;
};

/** Five per cent parts: what results are quoted with. */
export const realisticEarGap: EarGap = {
  tolerance: 0.05,
  rectifierOffset: 0.005,
  diodeDrop: 0.1,
  mixerOffset: 0.003,
  readingNoise: 0.002,
  microphoneNoise: 10 ** (-30 / 20),
  gainDecibels: 1,
};

/** The same gap `factor` times as large. */
export function scaleEarGap(gap: EarGap, factor: number): EarGap {
  return Object.fromEntries(Object.entries(gap).map(([name, size]) => [name, size * factor])) as EarGap;
}

/** A relative error, cut off at three deviations: parts beyond are sorted out. */
export function drawFactor(random: Random, tolerance: number): number {
  return 1 + tolerance * Math.max(-3, Math.min(3, random.normal()));
}

type ChannelErrors = {
  readonly hertz: number;
  readonly quality: number;
  readonly gain: number;
  readonly envelopeSeconds: number;
  readonly offset: number;
};

/** Turns codes [3 K] into the channels of one device; the draw is the same for every size of the gap. */
export function drawChannels(
  { channels }: EarDesign,
  gap: EarGap,
  detector: Detector,
  seed: number,
): (codes: Float32Array) => ChannelNow[] {
  const random = createRandom(seed, "parts of the ear");
  const errors = channels.map((): ChannelErrors => ({
    hertz: drawFactor(random, gap.tolerance),
    quality: drawFactor(random, gap.tolerance),
    gain: drawFactor(random, gap.tolerance),
    envelopeSeconds: drawFactor(random, gap.tolerance),
    offset: random.normal(),
  }));
  const count = channels.length;
  return (codes) =>
    channels.map(({ fullHertz, fullGain }, k) => {
      const own = errors[k] as ChannelErrors;
      const code = (group: number): number => codes[group * count + k] as number;
      return {
        hertz: fullHertz * code(0) * own.hertz,
        quality: own.quality / dampingOf(code(1)),
        gain: fullGain * code(2) * own.gain,
        envelopeSeconds: ENVELOPE_SECONDS * own.envelopeSeconds,
        offsetVolts: detector === "precision" ? gap.rectifierOffset * own.offset : DIODE_VOLTS * (1 + gap.diodeDrop * own.offset),
      };
    });
}

export function declareBankGap(gap: EarGap, detector: Detector): DeclaredGap {
  const { tolerance, rectifierOffset, diodeDrop, microphoneNoise, gainDecibels } = gap;
  const what = "frequency, quality, gain and time constant of each channel";
  return [
    { name: what, where: "structure", size: tolerance, unit: "", kind: "error" },
    detector === "precision"
      ? { name: "offset of each rectifier", where: "structure", size: rectifierOffset, unit: "V", kind: "offset" }
      : { name: "drop of each diode", where: "structure", size: diodeDrop, unit: "", kind: "error" },
    { name: "noise of the microphone", where: "input", size: microphoneNoise, unit: "V", kind: "noise" },
    { name: "gain control, of each clip", where: "input", size: gainDecibels, unit: "dB", kind: "noise" },
    { name: "time steps, of which the twin has none", where: "structure", size: 16_000, unit: "1/s", kind: "structure" },
  ];
}

export function declareMixerGap({ tolerance, mixerOffset }: EarGap): DeclaredGap {
  return [
    { name: "each weight", where: "parameter", size: tolerance, unit: "", kind: "error" },
    { name: "offset of each rail", where: "structure", size: mixerOffset, unit: "V", kind: "offset" },
  ];
}
