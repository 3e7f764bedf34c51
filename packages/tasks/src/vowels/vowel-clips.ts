import { BadInputError, createBatch, createRandom } from "@ohmwork/core";
import type { LabelledBatch, SplitDataset } from "../labelled-batch.ts";
import { alignedClip, CLIP_RATE, type ClipLayout, clipLayouts } from "../sound/aligned-clip.ts";
import type { Sound } from "../sound/decode-wav.ts";
import { resample } from "../sound/resample.ts";
import { sevenVowels } from "./vowel-formants.ts";

/** A vowel that somebody said. */
export type VowelClip = { readonly name: string; readonly speaker: string; readonly vowel: string; readonly sound: Sound };

/** Sets of vowels to tell apart, in Hillenbrand's names: those of Hughes et al. (Sci. Adv. 5, eaay6946, 2019), seven, and all adults'. */
export const vowelSets: Readonly<Record<number, readonly string[]>> = {
  3: ["ae", "ei", "iy"],
  7: sevenVowels,
  12: ["ae", "ah", "aw", "eh", "ei", "er", "ih", "iy", "oa", "oo", "uh", "uw"],
};

/** Parts that speakers are split into, each tested on once. */
const FOLDS = 5;

export type VowelClipOptions = {
  /** Seeds 1 to 5 test on the five fifths of the speakers, 6 to 10 on those of another split, and so on. */
  readonly seed: number;
  /** @default every vowel that there is */
  readonly vowels?: readonly string[];
  /** @default clipLayouts.slots */
  readonly layout?: ClipLayout;
  /** Speakers to choose by, of those not tested on. @default 7.5 % of all */
  readonly validationSpeakers?: number;
  /** Where the clips come from, for people. */
  readonly source?: string;
};

/**
 * Who said which vowel by a file's name as Hillenbrand's recordings have it: `m01ae.wav` is man 1, "had".
 *
 * @throws BadInputError when it is no such name
 */
export function readVowelName(file: string): { readonly speaker: string; readonly vowel: string } {
  const [, speaker, vowel] = /^([mwbg]\d+)([a-z]{2})\.wav$/i.exec(file) ?? [];
  if (speaker === undefined || vowel === undefined)
    throw new BadInputError(`${file}: Name says neither speaker nor vowel, expected one such as m01ae.wav`, { where: file });
  return { speaker: speaker.toLowerCase(), vowel: vowel.toLowerCase() };
}

/**
 * To tell spoken vowels apart: rows of sound as `alignedClip` lays them, brought to 16 kHz. No speaker is in two parts.
 *
 * @throws BadInputError when a vowel has no clip, a clip no sound, or there are fewer than ten speakers
 * @throws RangeError when the seed is not a whole number of 0 or more
 */
export function vowelClips(clips: readonly VowelClip[], options: VowelClipOptions): SplitDataset {
  const { seed, layout = clipLayouts.slots, source = "recordings" } = options;
  const vowels = options.vowels ?? [...new Set(clips.map(({ vowel }) => vowel))].toSorted();
  const used = clips.filter(({ vowel }) => vowels.includes(vowel));
  for (const vowel of vowels) {
    if (!used.some((clip) => clip.vowel === vowel))
      throw new BadInputError(`No clip of the vowel "${vowel}", expected clips of ${vowels.join(", ")}`);
  }
  const speakers = splitSpeakers([...new Set(clips.map(({ speaker }) => speaker))].toSorted(), seed, options.validationSpeakers);
  const part = (who: ReadonlySet<string>): LabelledBatch =>
    rowsOf(
      used.filter(({ speaker }) => who.has(speaker)),
      vowels,
      layout,
    );
  return {
    name: "vowel clips",
    source,
    classes: vowels,
    train: part(speakers.train),
    validation: part(speakers.validation),
    test: part(speakers.test),
  };
}

function rowsOf(clips: readonly VowelClip[], vowels: readonly string[], layout: ClipLayout): LabelledBatch {
  const width = layout.samples + (layout.gate ? 1 : 0);
  const data = new Float32Array(clips.length * width);
  for (const [i, { name, sound }] of clips.entries()) {
    const row = alignedClip(resample(sound, CLIP_RATE).samples, layout);
    if (row === undefined) throw new BadInputError(`${name}: Nothing is heard, expected a spoken vowel`, { where: name });
    data.set(row, i * width);
  }
  return {
    inputs: createBatch(data, [clips.length, width]),
    labels: Uint32Array.from(clips, ({ vowel }) => vowels.indexOf(vowel)),
  };
}

function splitSpeakers(
  all: readonly string[],
  seed: number,
  validation = Math.round(0.075 * all.length),
): Readonly<Record<"train" | "validation" | "test", ReadonlySet<string>>> {
  if (!Number.isInteger(seed) || seed < 0) throw new RangeError(`Seed must be a whole number of 0 or more: ${seed}`);
  if (all.length < 2 * FOLDS) throw new BadInputError(`Clips of ${all.length} speakers, expected ${2 * FOLDS} or more`);
  const [split, fold] = [Math.floor((seed - 1) / FOLDS), (seed + FOLDS - 1) % FOLDS];
  const order = Array.from(createRandom(split, "speakers of the split").permutation(all.length), (i) => all[i] as string);
  const rest = order.filter((_, i) => i % FOLDS !== fold);
  return {
    test: new Set(order.filter((_, i) => i % FOLDS === fold)),
    validation: new Set(rest.slice(0, validation)),
    train: new Set(rest.slice(validation)),
  };
}
