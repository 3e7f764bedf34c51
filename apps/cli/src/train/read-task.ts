import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import {
  createDigits,
  createFashion,
  digits8x8,
  parseFormants,
  sevenVowels,
  type SplitDataset,
  vowelFormants,
} from "@ohmwork/tasks";
import { dataFile } from "../data-file.ts";
import { readPictures } from "../data/read-pictures.ts";
import { readUserFile } from "../read-user-file.ts";

/** A task that a system can be trained in, from what comes along or from the user's own files. */
export type TrainTask = {
  readonly summary: string;
  /** What it is trained in unless told. */
  readonly system: string;
  /** What `--data` is. */
  readonly data: string;
  /** @throws BadInputError in one line when the data are not there or not what they should be */
  readonly read: (data: string | undefined, seed: number) => Promise<SplitDataset>;
};

/** Twelve numbers of each recording of Hillenbrand's 93 adults, as its folder has them. */
const TWELVE_NUMBERS = "hillenbrand-formants12.csv";

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
