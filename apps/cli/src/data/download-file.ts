import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Clock, OhmworkError, Seconds, throwIfAborted, withDeadline } from "@ohmwork/core";
import type { PublishedFile } from "./data-sets.ts";

/** A file came whole from none of the places that have it. */
export class DownloadFailedError extends OhmworkError<{ file: string; problems: readonly string[] }> {
  readonly code = "download-failed";
}

export type DownloadOptions = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the bytes that are there. */
  readonly onProgress?: (bytes: number) => void;
};

/** A mirror that says nothing for so long is given up. */
const SILENCE_SECONDS = Seconds(30);

/** Why one mirror did not do; another one may. */
class MirrorProblem extends OhmworkError<null> {
  readonly code = "download-failed";
  constructor(message: string, options?: ErrorOptions) {
    super(message, null, options);
  }
}

/**
 * Fetches a published file from the first mirror that has it. What came so far is kept beside it as `….part`, which the next
 * mirror or the next call continues; the file itself is there only whole, with the sum it was published with.
 *
 * @param mirrors addresses up to the file's name
 * @throws DownloadFailedError when no mirror gave it, or the disk would not take it
 * @throws AbortedError when the signal fires
 */
export async function downloadFile(
  file: PublishedFile,
  mirrors: readonly string[],
  destination: string,
  options: DownloadOptions,
): Promise<void> {
  const problems: string[] = [];
  for (const mirror of mirrors) {
    try {
      await fetchFrom(mirror, file, destination, options);
      return;
    } catch (error) {
      throwIfAborted(options.signal, `Download of ${file.name}`);
      if (!(error instanceof MirrorProblem)) throw writeFailure(error, destination);
      problems.push(`${new URL(mirror).host}: ${error.message}`);
    }
  }
  throw new DownloadFailedError(`${basename(destination)}: ${problems.join("; ")}`, { file: destination, problems });
}

async function fetchFrom(mirror: string, file: PublishedFile, destination: string, options: DownloadOptions): Promise<void> {
  const part = `${destination}.part`;
  const there = await sizeOf(part);
  const kept = there < file.bytes ? there : 0;
  const total = await receive(new URL(file.name, mirror), part, { ...options, kept, file });
  if (total < file.bytes) throw new MirrorProblem(`Ended after ${total} of ${file.bytes} bytes`);
  const sum = await sha256Of(part);
  if (sum === file.sha256) return rename(part, destination);
  await rm(part);
  if (kept > 0) return fetchFrom(mirror, file, destination, options); // the part may have been of another file
  throw new MirrorProblem(`SHA-256 is ${sum}, expected ${file.sha256}`);
}

/** Appends what a mirror sends to the part that is kept, or begins anew. @returns the bytes that are there */
async function receive(
  url: URL,
  part: string,
  options: DownloadOptions & { readonly kept: number; readonly file: PublishedFile },
): Promise<number> {
  const { kept, file, clock, signal, onProgress } = options;
  using stop = abortOnDispose(signal);
  const within = <T>(work: () => Promise<T>): Promise<T> =>
    withDeadline(work, { clock, limit: SILENCE_SECONDS, what: "An answer", signal }).catch((error: unknown) => {
      throw new MirrorProblem(reasonOf(error), { cause: error });
    });
  const headers = { "user-agent": "ohmwork", "accept-encoding": "identity", ...(kept > 0 ? { range: `bytes=${kept}-` } : {}) };
  const response = await within(() => fetch(url, { headers, signal: stop.signal }));
  if (response.status !== 200 && response.status !== 206) throw new MirrorProblem(`HTTP ${response.status}`);
  const from = response.status === 206 ? rangeStart(response) : 0;
  if (response.body === null || (from !== 0 && from !== kept)) throw new MirrorProblem("Sent another part than was asked for");
  const handle: FileHandle = await open(part, from === 0 ? "w" : "a");
  const reader = response.body.getReader();
  let total = from;
  try {
    for (;;) {
      onProgress?.(total);
      const { value } = await within(() => reader.read() as Promise<{ value?: Uint8Array }>);
      if (value === undefined) break;
      total += value.length;
      if (total > file.bytes) throw new MirrorProblem(`Sent more than ${file.bytes} bytes`);
      await handle.appendFile(value);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return total;
}

/** A signal that fires with another one, and at the end in any case, so that no connection outlives its use. */
function abortOnDispose(signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  return { signal: AbortSignal.any([signal, stop.signal]), [Symbol.dispose]: () => stop.abort() };
}

function rangeStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
}

/** What the disk said, in one line; anything else goes on as it is. */
function writeFailure(error: unknown, destination: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const problem = `Could not be written (${code})`;
  return new DownloadFailedError(`${destination}: ${problem}`, { file: destination, problems: [problem] }, { cause: error });
}

/** What lies behind "fetch failed": fetch tells it in the causes of its errors. */
function reasonOf(error: unknown): string {
  if (error instanceof OhmworkError) return error.message;
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? String(error);
}

async function sizeOf(path: string): Promise<number> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  return size;
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
