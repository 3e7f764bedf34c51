import { existsSync } from "node:fs";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { type OtherClips, WORD_RATE, type WordClip } from "@ohmwork/recipes";
import { readVowelName, resample } from "@ohmwork/tasks";
import { readRecordings } from "../data/read-recordings.ts";

type SpeakerOf = (file: string) => string;

const digitSpeaker: SpeakerOf = (file) => /^\d_(\w+)_\d+\.wav$/.exec(file)?.[1] ?? file;
const vowelSpeaker: SpeakerOf = (file) => readVowelName(file).speaker;

/** Clips that are not the word, by folder: other words of the same people and microphones, and what else there is. */
const otherFolders: readonly { readonly corpus: string; readonly folder: string; readonly speakerOf?: SpeakerOf }[] = [
  { corpus: "other words", folder: join("wake-words", "not-wake-words", "en") },
  { corpus: "digits", folder: "fsdd", speakerOf: digitSpeaker },
  { corpus: "hVd words", folder: "vowels-hillenbrand-wav", speakerOf: vowelSpeaker },
];

/** What a wake word is trained from. */
export type WakeWordClips = { readonly words: readonly WordClip[]; readonly corpora: readonly OtherClips[] };

/**
 * Clips of a word and of what is not the word, from the folders that are there.
 *
 * @throws BadInputError in one line when the word or everything else is missing, or a file cannot be read
 */
export async function readWakeWord(data: string, word: string): Promise<WakeWordClips> {
  const read = async (folder: string, speakerOf?: SpeakerOf): Promise<WordClip[]> =>
    (await readRecordings(join(data, folder))).map(({ name, sound }) => ({
      name,
      samples: resample(sound, WORD_RATE).samples,
      ...(speakerOf === undefined ? {} : { speaker: speakerOf(name) }),
    }));
  const own = join("wake-words", word, "en");
  if (!existsSync(join(data, own)))
    throw new BadInputError(`${join(data, own)}: No such folder, expected recordings of "${word}"`, { where: own });
  const corpora: OtherClips[] = [];
  for (const { corpus, folder, speakerOf } of otherFolders)
    if (existsSync(join(data, folder))) corpora.push({ corpus, clips: await read(folder, speakerOf) });
  if (corpora.length === 0) {
    const expected = otherFolders.map(({ folder }) => folder).join(", ");
    throw new BadInputError(`${data}: Nothing that is not the word, expected one of ${expected}`, { where: data });
  }
  return { words: await read(own), corpora };
}
