import { existsSync } from "node:fs";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import type { ByteProgress } from "../byte-progress.ts";
import type { PublishedFile } from "./data-sets.ts";
import { downloadFile, sha256Of } from "./download-file.ts";

/** A file that is in its folder now; `fetched` when it was not there before. */
export type GottenFile = PublishedFile & { readonly fetched: boolean };

/**
 * Fetches the files that are not in a folder yet, and checks those that are.
 *
 * @throws BadInputError when a file of that name is there and is another one
 * @throws DownloadFailedError when no mirror gave a file
 */
export async function getFiles(
  files: readonly PublishedFile[],
  folder: string,
  options: { readonly mirrors: readonly string[]; readonly signal: AbortSignal; readonly show: ByteProgress["show"] },
): Promise<GottenFile[]> {
  const { mirrors, signal, show } = options;
  const gotten: GottenFile[] = [];
  for (const file of files) {
    const destination = join(folder, file.name);
    const isThere = existsSync(destination);
    if (isThere) await checkPresent(destination, file);
    else {
      const onProgress = (bytes: number): void => show({ phase: file.name, bytes, total: file.bytes });
      await downloadFile(file, mirrors, destination, { clock: systemClock, signal, onProgress });
    }
    gotten.push({ ...file, fetched: !isThere });
  }
  return gotten;
}

/** A user's own file is never written over. */
async function checkPresent(destination: string, { sha256 }: PublishedFile): Promise<void> {
  const found = await sha256Of(destination);
  if (found !== sha256) {
    throw new BadInputError(
      `${destination}: Is there already and is not the published file (SHA-256 ${found}, expected ${sha256}): move it away, or name another folder with --data`,
      { where: destination },
    );
  }
}
