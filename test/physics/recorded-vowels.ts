import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { decodeWav, readVowelName, type VowelClip } from "@ohmwork/tasks";

/** The recordings in the archive of a folder (ustar: a header of 512 bytes before each file, which fills whole blocks). */
export function recordedVowels(folder: string): VowelClip[] {
  const archive = readdirSync(folder).find((name) => name.endsWith(".tar.gz")) as string;
  const bytes = gunzipSync(readFileSync(`${folder}/${archive}`));
  const clips: VowelClip[] = [];
  for (let at = 0; at + 512 <= bytes.length;) {
    const name = bytes.toString("latin1", at, bytes.indexOf(0, at)).replace(/^.*\//, "");
    const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 135), 8) || 0;
    if (name.endsWith(".wav"))
      clips.push({ name, ...readVowelName(name), sound: decodeWav(bytes.subarray(at + 512, at + 512 + size), { file: name }) });
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return clips;
}
