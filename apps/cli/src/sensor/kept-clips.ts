import { rmSync } from "node:fs";
import type { HeardSound } from "@ohmwork/agent";
import { writeKnownClip } from "./known-clips.ts";

/** Sounds that one call has kept in a folder, by class; those that turn out to be suspect are removed again. */
export type KeptClips = {
  /** Gives the file. @throws BadInputError when it cannot be written */
  readonly keep: (name: string, sound: HeardSound) => string;
  /** Removes what ended after a place of the stream; gives the files. */
  readonly doubt: (from: number) => string[];
  readonly filesOf: (name: string) => string[];
};

export function keepClipsIn(folder: string): KeptClips {
  let kept: { readonly name: string; readonly file: string; readonly end: number }[] = [];
  return {
    keep: (name, sound) => {
      const file = writeKnownClip(folder, name, sound);
      kept.push({ name, file, end: sound.utterance.position + sound.utterance.samples.length });
      return file;
    },
    doubt: (from) => {
      const gone = kept.filter(({ end }) => end > from).map(({ file }) => file);
      kept = kept.filter(({ end }) => end <= from);
      for (const file of gone) rmSync(file, { force: true });
      return gone;
    },
    filesOf: (name) => kept.filter((one) => one.name === name).map(({ file }) => file),
  };
}
