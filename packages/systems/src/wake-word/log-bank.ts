import { addNormals, createRandom } from "@ohmwork/core";
import { type EarChannel, EAR_RATE, startCodes } from "../ear/ear-design.ts";
import { drawChannels, drawFactor, type EarGap, realisticEarGap } from "../ear/ear-gap.ts";
import { createEnvelopeKernel } from "../ear/envelopes.ts";

/** Channels of the bank. */
export const LOG_CHANNELS = 12;
/** Time between two readings of the log amplifiers [s]: what slots of 70 ms in steps of 20 ms have in common. */
const READING_SECONDS = 0.01;
/** Corner of the high-pass before the bank [Hz]: below it there is mains hum and no speech. */
const HIGH_PASS_HERTZ = 180;
/** Offset current of the log amplifier, as a voltage: what silence reads [V]. */
const FLOOR_VOLTS = 0.02;
/** Volts for each factor of e: 0.58 V for a decade. */
const SLOPE_VOLTS = 0.25;

const hertz = [250, 347, 463, 603, 771, 973, 1216, 1509, 1860, 2282, 2790, 3400];
const gains = [4.6, 3.2, 2.4, 2.9, 4.1, 5.7, 8, 10.1, 12.4, 14.8, 18.2, 26.8];

/** Twelve channels from 250 to 3400 Hz, ERB apart, each 1.2 times as wide as its distance to the next. */
const channels: readonly EarChannel[] = hertz.map((startHertz, k) => {
  const [below, above] = [hertz[Math.max(0, k - 1)] as number, hertz[Math.min(hertz.length - 1, k + 1)] as number];
  const spacing = (above - below) / (k === 0 || k === hertz.length - 1 ? 1 : 2);
  const fullHertz = startHertz < 500 ? 1000 : startHertz < 1250 ? 2500 : 5000;
  return { startHertz, startQuality: startHertz / (1.2 * spacing), fullHertz, fullGain: 2 * (gains[k] as number) };
});

/** What the bank heard in a clip. */
export type LogReadings = {
  /** Voltages of the log amplifiers every 10 ms [readings × channels]. */
  readonly volts: Float32Array;
  /** Mean square of all envelopes at each reading [V²]. */
  readonly power: Float32Array;
};

export type LogBankOptions = {
  /** Draws the parts of one board. */
  readonly seed: number;
  /** @default realisticEarGap with a microphone's noise 40 dB below the loudest frame */
  readonly gap?: EarGap;
};

/** Noise of the microphone that the wake word was tried with [V]. */
export const wakeWordGap: EarGap = { ...realisticEarGap, microphoneNoise: 0.01 };

/**
 * The bank of ear-12 for a wake word, none of it trained: high-pass, twelve band-passes, rectifiers, RC of 10 ms, and log amplifiers
 * u = 0.25 V · ln((e + 20 mV) / 1 V) + 0.25 V.
 *
 * @returns what it reads of a clip [V behind the gain control, at 16 kHz]; the id names the draw of the clip's noise and gain error
 */
export function createLogBank({ seed, gap = wakeWordGap }: LogBankOptions): (sound: Float32Array, id: string) => LogReadings {
  const design = { name: "ear-12 for a wake word", channels, timing: { samples: 0, leadSamples: 0, slots: "gated" as const } };
  const kernel = createEnvelopeKernel(drawChannels(design, gap, "precision", seed)(startCodes(design)), "precision");
  const random = createRandom(seed, "log amplifiers of the ear");
  const slopes = channels.map(() => SLOPE_VOLTS * drawFactor(random, gap.tolerance));
  const step = Math.round(READING_SECONDS * EAR_RATE);
  return (sound, id) => {
    const own = createRandom(seed, `clip ${id}`);
    const gain = 10 ** ((gap.gainDecibels * own.normal()) / 20);
    const heard = sound.map((volts) => volts * gain);
    addNormals(heard, gap.microphoneNoise, own);
    const count = Math.floor(heard.length / step);
    const slots = Array.from({ length: count }, (_, i) => ({ start: i * step, end: (i + 1) * step }));
    const volts = new Float32Array(count * LOG_CHANNELS);
    kernel(highPassed(heard), slots, volts, 0);
    const power = new Float32Array(count);
    for (let i = 0; i < volts.length; i += 1) {
      const envelope = volts[i] as number;
      const at = Math.floor(i / LOG_CHANNELS);
      power[at] = (power[at] as number) + (envelope * envelope) / LOG_CHANNELS;
      volts[i] = (slopes[i % LOG_CHANNELS] as number) * Math.log(Math.max(envelope, 0) + FLOOR_VOLTS) + SLOPE_VOLTS;
    }
    addNormals(volts, gap.readingNoise, own);
    return { volts, power };
  };
}

/** Second order, Butterworth, by the bilinear transform pre-warped at the corner. */
function highPassed(sound: Float32Array): Float64Array {
  const w = Math.tan((Math.PI * HIGH_PASS_HERTZ) / EAR_RATE);
  const norm = 1 / (1 + Math.SQRT2 * w + w * w);
  const [a1, a2] = [2 * (w * w - 1) * norm, (1 - Math.SQRT2 * w + w * w) * norm];
  const passed = new Float64Array(sound.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let n = 0; n < sound.length; n += 1) {
    const x = sound[n] as number;
    const y = norm * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    passed[n] = y;
  }
  return passed;
}
