import { createRandom, type Random, rowOf } from "@ohmwork/core";
import { CLIP_RATE } from "../sound/aligned-clip.ts";
import { petersonBarney } from "./peterson-barney.ts";
import type { VowelClip } from "./vowel-clips.ts";

/** Bandwidths of the formants [Hz]: of F1 to F3 about those of Dunn (J. Acoust. Soc. Am. 33, 1737, 1961), wider above. */
const BANDWIDTHS = [60, 80, 120, 200, 250];
/** F4 and F5 over F3, which the table does not have. */
const ABOVE_F3 = [1.32, 1.7];
/** Share of a period in which the glottis opens, and in which it closes (Rosenberg, J. Acoust. Soc. Am. 49, 583, 1971). */
const OPENS = 0.4;
const CLOSES = 0.16;

/**
 * Vowels of nobody: sounds made by a source and resonators from Peterson and Barney's measured pitch and formants, ten vowels of 76 people,
 * each twice. They are no recordings: their formants stand still, and no consonant comes before or after.
 *
 * @param options.vowels @default all ten
 * @param options.speakers only the first so many of a random order @default all
 */
export function syntheticVowels(options: {
  readonly seed: number;
  readonly vowels?: readonly string[];
  readonly speakers?: number;
}): VowelClip[] {
  const { features, classes, labels, speakers } = petersonBarney();
  const wanted = options.vowels ?? classes;
  const people = [...new Set(speakers)];
  const order = createRandom(options.seed, "speakers of synthetic vowels").permutation(people.length);
  const chosen = new Set(Array.from(order.subarray(0, options.speakers ?? people.length), (i) => people[i]));
  return [...labels.entries()].flatMap(([row, label]): VowelClip[] => {
    const [vowel, speaker] = [classes[label] as string, speakers[row] as string];
    if (!wanted.includes(vowel) || !chosen.has(speaker)) return [];
    const [pitch, ...formants] = rowOf(features, row) as unknown as [number, number, number, number];
    const random = createRandom(options.seed, `synthetic vowel ${row}`);
    const name = `${speaker} ${vowel} ${row % 2}`;
    return [{ name, speaker, vowel, sound: { rate: CLIP_RATE, samples: synthesise(pitch, formants, random) } }];
  });
}

/** One vowel of 0.3 to 0.45 s, with silence around it: a pulse train that falls a little, through resonators one after the other. */
function synthesise(pitch: number, formants: readonly number[], random: Random): Float32Array {
  const [before, said] = [0.1, 0.3 + 0.15 * random.uniform()].map((seconds) => Math.round(seconds * CLIP_RATE)) as [
    number,
    number,
  ];
  const samples = new Float32Array(before + said + before);
  const falls = 0.9 + 0.1 * random.uniform();
  const breath = 0.003 + 0.005 * random.uniform();
  let [phase, flow] = [0, 0];
  for (let i = 0; i < said; i += 1) {
    const along = i / said;
    phase = (phase + (pitch * (1 + (falls - 1) * along)) / CLIP_RATE) % 1;
    const next = glottis(phase);
    // Sound is radiated as the change of the flow.
    samples[before + i] = (next - flow + breath * random.normal()) * loudness(along, said);
    flow = next;
  }
  const third = formants.at(-1) as number;
  const all = [...formants, ...ABOVE_F3.map((ratio) => ratio * third)];
  for (const [k, hertz] of all.entries()) if (hertz < CLIP_RATE / 2) resonate(samples, hertz, BANDWIDTHS[k] as number);
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < samples.length; i += 1) samples[i] = (0.5 * (samples[i] as number)) / peak + 0.0005 * random.normal();
  return samples;
}

/** Flow through the glottis at a phase of its period: a cosine up, a quarter of one down. */
function glottis(phase: number): number {
  if (phase < OPENS) return 0.5 * (1 - Math.cos((Math.PI * phase) / OPENS));
  if (phase < OPENS + CLOSES) return Math.cos((Math.PI * (phase - OPENS)) / (2 * CLOSES));
  return 0;
}

/** Rises in 20 ms, sinks to four fifths, dies away in 60 ms. */
function loudness(along: number, length: number): number {
  const [rise, fall] = [(0.02 * CLIP_RATE) / length, (0.06 * CLIP_RATE) / length];
  return Math.min(1, along / rise, (1 - along) / fall) * (1 - 0.2 * along);
}

/** A resonator of gain 1 at 0 Hz, in place (Klatt, J. Acoust. Soc. Am. 67, 971, 1980, equations 1 to 3). */
function resonate(samples: Float32Array, hertz: number, bandwidth: number): void {
  const decay = Math.exp((-Math.PI * bandwidth) / CLIP_RATE);
  const b = 2 * decay * Math.cos((2 * Math.PI * hertz) / CLIP_RATE);
  const c = -decay * decay;
  const a = 1 - b - c;
  let [y1, y2] = [0, 0];
  for (let i = 0; i < samples.length; i += 1) {
    const y = a * (samples[i] as number) + b * y1 + c * y2;
    [y1, y2] = [y, y1];
    samples[i] = y;
  }
}
