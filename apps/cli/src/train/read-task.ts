import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import {
  clipLayouts,
  createDigits,
  createFashion,
  digits8x8,
  parseFormants,
  readVowelName,
  sevenVowels,
  type SplitDataset,
  syntheticVowelClips,
  vowelClips,
  vowelFormants,
  vowelSets,
} from "@ohmwork/tasks";
import { dataFile } from "../data-file.ts";
import { readPictures } from "../data/read-pictures.ts";
import { readRecordings } from "../data/read-recordings.ts";
import { readUserFile } from "../read-user-file.ts";

/** A task that a system can be trained in, from what comes along or from the user's own files. */
export type TrainTask = {
  readonly summary: string;
  /** What it is trained in unless told. */
  readonly system: string;
  /** What `--data` is. */
  readonly data: string;
  /** It is of sound: options of vowels, slots and boards are its own. */
  readonly sound?: true;
  /** @throws BadInputError in one line when the data are not there or not what they should be */
  readonly read: (data: string | undefined, seed: number, sound?: SoundChoices) => Promise<SplitDataset>;
};

/** What may be chosen about a task of sound. */
export type SoundChoices = { readonly classes?: number; readonly slots?: number };

/** Twelve numbers of each recording of Hillenbrand's 93 adults, as its folder has them. */
const TWELVE_NUMBERS = "hillenbrand-formants12.csv";

async function readVowelClips(
  data: string | undefined,
  seed: number,
  { classes, slots = 3 }: SoundChoices,
): Promise<SplitDataset> {
  if (slots !== 1 && slots !== 3) throw new BadInputError(`Option --slots is ${slots}, expected 1 or 3`);
  const layout = slots === 1 ? clipLayouts.gated : clipLayouts.slots;
  if (data === undefined) {
    if (classes !== undefined)
      throw new BadInputError(`Option --classes is only of recordings, "${classes}" given without --data`);
    return syntheticVowelClips({ seed, layout });
  }
  const vowels = classes === undefined ? undefined : vowelSets[classes];
  if (classes !== undefined && vowels === undefined)
    throw new BadInputError(`Option --classes is ${classes}, expected ${Object.keys(vowelSets).join(", ")}`);
  const recordings = await readRecordings(dataFile(data));
  const clips = recordings.map(({ name, sound }) => ({ name, sound, ...readVowelName(name) }));
  return vowelClips(clips, { seed, layout, source: basename(data), ...(vowels === undefined ? {} : { vowels }) });
}

/** Tasks by name. */
export const trainTasks: Readonly<Record<string, TrainTask>> = {
  digits: {
    summary: "Handwritten digits: 1,797 of 8 × 8 pixels that come along, or MNIST",
    system: "pendulums",
    data: "Folder with the four files of MNIST",
    read: async (data, seed) =>
      data === undefined ? digits8x8({ seed }) : createDigits(await readPictures(dataFile(data)), { seed }),
  },
  fashion: {
    summary: "Pictures of clothes, Fashion-MNIST",
    system: "pendulums",
    data: "Folder with the four files of Fashion-MNIST, needed",
    read: async (data, seed) => {
      if (data === undefined)
        throw new BadInputError(
          "Fashion-MNIST does not come along: expected --data folder, ohmwork data get fashion-mnist fetches it",
        );
      return createFashion(await readPictures(dataFile(data)), { seed });
    },
  },
  "vowel-clips": {
    summary: "Vowels heard by an ear, of people never heard before: recordings, or synthetic ones that come along",
    system: "ear-12",
    data: "Folder with recordings named as Hillenbrand's: m01ae.wav",
    sound: true,
    read: (data, seed, sound = {}) => readVowelClips(data, seed, sound),
  },
  "vowel-formants": {
    summary: "Spoken vowels of people never heard before: Peterson and Barney's ten that come along, or your own table",
    system: "shg",
    data: `Table of formants, or a folder with ${TWELVE_NUMBERS}`,
    read: async (data, seed) => {
      if (data === undefined) return vowelFormants({ seed });
      const named = dataFile(data);
      const isFolder = await stat(named).then(
        (found) => found.isDirectory(),
        () => false,
      );
      const file = isFolder ? join(named, TWELVE_NUMBERS) : named;
      const dataset = parseFormants(await readUserFile(file), { file: basename(file) });
      // Seven of 93: each speaker who is not learned from is felt in the result.
      const validationSpeakers = Math.round(new Set(dataset.speakers).size * 0.075);
      const seven = sevenVowels.every((vowel) => dataset.classes.includes(vowel));
      return vowelFormants({ seed, dataset, validationSpeakers, ...(seven ? { vowels: sevenVowels } : {}) });
    },
  },
};
