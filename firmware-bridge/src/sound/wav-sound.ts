import { BadInputError } from "@ohmwork/core";
import { listClipFiles, readClip } from "./clip-files.ts";
import { inPieces } from "./in-pieces.ts";
import type { SoundGap, SoundSamples, SoundSource } from "./sound-source.ts";

/**
 * A recording, or those of a folder one after the other, each a clip of its own: a gap stands between two. They come as fast as they
 * are taken. A file of a folder that is no recording is a gap as well.
 *
 * @param options.rate samples a second that every file is brought to. @default 16000
 * @throws BadInputError when there is no such file or folder; where it is read, when the file is no recording
 */
export async function openWavSound(path: string, options: { readonly rate?: number } = {}): Promise<SoundSource> {
  const { rate = 16_000 } = options;
  const files = await listClipFiles(path);
  return { name: path, rate, [Symbol.asyncIterator]: read, [Symbol.asyncDispose]: async () => undefined };

  async function* read(): AsyncGenerator<SoundSamples | SoundGap> {
    let position = 0;
    for (const [k, file] of files.entries()) {
      const clip = await readClip(file, rate).catch((error: unknown) => {
        if (files.length === 1 || !(error instanceof BadInputError)) throw error;
        return error.message;
      });
      if (typeof clip === "string") {
        yield { kind: "gap", reason: "unreadable", position, suspect: 0, detail: clip };
        continue;
      }
      if (k > 0) yield { kind: "gap", reason: "next-clip", position, suspect: 0, detail: `Next is ${clip.name}` };
      for (const samples of inPieces(clip.samples, rate)) {
        yield { kind: "samples", position, samples, clip: clip.name };
        position += samples.length;
      }
    }
  }
}
