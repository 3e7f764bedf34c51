import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createListening, type HeardSound } from "@ohmwork/agent";
import { BadInputError, createBatch, type Batch } from "@ohmwork/core";
import { CLIP_RATE, type ClipLayout, decodeWav, encodeWav, resample } from "@ohmwork/tasks";

/** Sounds of a folder with a folder for each class, as the sensor would hear them. */
export type KnownClips = {
  readonly rows: Batch;
  readonly labels: Uint32Array;
  /** Files in which nothing was heard. */
  readonly silent: readonly string[];
  /** Sounds of each class. */
  readonly counts: readonly number[];
};

/** Quiet after a file, so that its last sound ends [samples]. */
const AFTER = CLIP_RATE / 2;

/**
 * Of each `.wav` file the longest sound, cut out as it would be when it is heard.
 *
 * @throws BadInputError when a class has no folder, a file is no recording, or nothing is heard in any of a class
 */
export function readKnownClips(folder: string, classes: readonly string[], layout: ClipLayout): KnownClips {
  const [rows, labels, silent]: [Float32Array[], number[], string[]] = [[], [], []];
  const counts = classes.map((name, label) => {
    const own = wavFilesIn(join(folder, name)).flatMap((file) => {
      const sound = longestSound(file, layout);
      if (sound === undefined) silent.push(file);
      return sound === undefined ? [] : [sound.row];
    });
    if (own.length === 0) {
      throw new BadInputError(`${join(folder, name)} holds no .wav file with a sound, expected some for the class "${name}"`, {
        where: folder,
      });
    }
    rows.push(...own);
    labels.push(...own.map(() => label));
    return own.length;
  });
  const width = (rows[0] as Float32Array).length;
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) data.set(row, i * width);
  return { rows: createBatch(data, [rows.length, width]), labels: Uint32Array.from(labels), silent, counts };
}

/** The `.wav` files of a folder by name; none where there is no folder. */
export function wavFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.wav$/i.test(name))
      .toSorted()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Writes a sound behind those that a class has already; gives the name of the file. @throws BadInputError when it cannot be written */
export function writeKnownClip(folder: string, name: string, { utterance }: HeardSound): string {
  const own = join(folder, name);
  try {
    mkdirSync(own, { recursive: true });
    const taken = wavFilesIn(own).map((file) => Number(/(\d+)\.wav$/i.exec(file)?.[1] ?? 0));
    const file = join(own, `${String(Math.max(0, ...taken) + 1).padStart(4, "0")}.wav`);
    writeFileSync(file, encodeWav({ rate: CLIP_RATE, samples: utterance.samples }), { flag: "wx" });
    return file;
  } catch (cause) {
    throw new BadInputError(`${own}: ${(cause as Error).message}`, { where: own }, { cause });
  }
}

function longestSound(file: string, layout: ClipLayout): HeardSound | undefined {
  const { samples } = resample(decodeWav(readFileSync(file), { file }), CLIP_RATE);
  const listening = createListening(layout);
  const found = [
    ...listening.take({ kind: "samples", position: 0, samples }),
    ...listening.take({ kind: "samples", position: samples.length, samples: new Float32Array(AFTER) }),
    ...listening.finish(),
  ].filter((one) => one.kind === "sound");
  return found.toSorted((a, b) => b.utterance.samples.length - a.utterance.samples.length)[0];
}
