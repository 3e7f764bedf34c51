import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbortedError, type Clock, Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { systemClock } from "@ohmwork/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import type { PublishedFile } from "./data-sets.ts";
import { downloadFile, DownloadFailedError } from "./download-file.ts";

const contents = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31) % 251));
const file: PublishedFile = {
  name: "train.gz",
  bytes: contents.length,
  sha256: createHash("sha256").update(contents).digest("hex"),
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A mirror on the loopback: what it was asked for, and its address. */
async function mirror(answer: Answer): Promise<{ url: string; asked: (string | undefined)[] }> {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    expect(request.url).toBe("/set/train.gz");
    asked.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise((resolve) => void server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/set/`, asked };
}

/** An address where nobody listens any more. */
async function closed(): Promise<{ url: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return { url: `http://127.0.0.1:${port}/set/` };
}

/** Sends the file, or the part asked for. */
const good: Answer = ({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  if (from > 0) response.writeHead(206, { "content-range": `bytes ${from}-${contents.length - 1}/${contents.length}` });
  response.end(contents.subarray(from));
};
const sends =
  (bytes: Uint8Array, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status).end(bytes);
/** Promises all, and breaks off once `bytes` have been kept: what is still on its way when a connection breaks is lost. */
const cutAfter =
  (bytes: number, part: string): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-length": contents.length });
    response.write(contents.subarray(0, bytes));
    const breakOff = (): void => {
      if (existsSync(part) && statSync(part).size === bytes) response.destroy();
      else setTimeout(breakOff, 2);
    };
    breakOff();
  };

function scene(): {
  destination: string;
  part: string;
  get: (mirrors: readonly { url: string }[], options?: { clock?: Clock; signal?: AbortSignal }) => Promise<number[]>;
  left: () => { file: boolean; part: number | undefined };
} {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-download-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const destination = join(folder, "train.gz");
  const part = `${destination}.part`;
  return {
    destination,
    part,
    get: async (mirrors, { clock = systemClock, signal = new AbortController().signal } = {}) => {
      const progress: number[] = [];
      const urls = mirrors.map(({ url }) => url);
      await downloadFile(file, urls, destination, { clock, signal, onProgress: (bytes) => progress.push(bytes) });
      return progress;
    },
    left: () => ({ file: existsSync(destination), part: existsSync(part) ? readFileSync(part).length : undefined }),
  };
}

describe("downloadFile()", () => {
  it("fetches a file whole, and tells how far it is", async () => {
    const { get, left, destination } = scene();
    const first = await mirror(good);
    const progress = await get([first]);
    expect(readFileSync(destination).equals(contents)).toBe(true);
    expect(left()).toEqual({ file: true, part: undefined });
    expect([progress[0], progress.at(-1)]).toEqual([0, contents.length]);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(first.asked).toEqual([undefined]);
  });

  it.each<[string, Answer]>([
    ["has no such file", sends(Buffer.from("Not found"), 404)],
    ["sends another file of the same length", sends(contents.map((byte) => byte ^ 1))],
    ["sends too little", sends(contents.subarray(0, 100))],
    ["sends too much", sends(Buffer.concat([contents, contents]))],
    ["sends a part that nobody asked for", sends(contents, 206)],
  ])("asks the second mirror when the first %s", async (_, answer) => {
    const { get, left, destination } = scene();
    await get([await mirror(answer), await mirror(good)]);
    expect(readFileSync(destination).equals(contents)).toBe(true);
    expect(left()).toEqual({ file: true, part: undefined });
  });

  it("continues at the second mirror where the first broke off", async () => {
    const { get, destination, part } = scene();
    const second = await mirror(good);
    await get([await mirror(cutAfter(50_000, part)), second]);
    expect(readFileSync(destination).equals(contents)).toBe(true);
    expect(second.asked).toEqual(["bytes=50000-"]);
  });

  it("continues with the next call, and begins anew where a mirror knows no parts", async () => {
    const { get, left, destination, part } = scene();
    await expect(get([await mirror(cutAfter(50_000, part))])).rejects.toThrow(DownloadFailedError);
    expect(left()).toEqual({ file: false, part: 50_000 });
    const whole = await mirror(sends(contents));
    await get([whole]);
    expect(whole.asked).toEqual(["bytes=50000-"]);
    expect(readFileSync(destination).equals(contents)).toBe(true);
  });

  it("begins anew when what it continued was of another file", async () => {
    const { get, destination } = scene();
    writeFileSync(`${destination}.part`, Buffer.alloc(1000, 7));
    const first = await mirror(good);
    await get([first]);
    expect(first.asked).toEqual(["bytes=1000-", undefined]);
    expect(readFileSync(destination).equals(contents)).toBe(true);
  });

  it("says in one line what each mirror did, and leaves no file", async () => {
    const { get, left } = scene();
    const mirrors = [
      await mirror(sends(Buffer.alloc(0), 503)),
      await mirror(sends(contents.map((byte) => byte ^ 1))),
      await closed(),
    ];
    const error = (await get(mirrors).catch((reason: unknown) => reason)) as DownloadFailedError;
    expect(error).toBeInstanceOf(DownloadFailedError);
    expect(error.message).toMatch(
      /^train\.gz: 127\.0\.0\.1:\d+: HTTP 503; 127\.0\.0\.1:\d+: SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}; 127\.0\.0\.1:\d+: ECONNREFUSED$/,
    );
    expect(error.message).not.toMatch(/[\r\n]/);
    expect(error.details.problems.length).toBe(3);
    expect(left()).toEqual({ file: false, part: undefined });
  });

  it("gives up a mirror that falls silent", async () => {
    const { get, left } = scene();
    const clock = createFakeClock();
    const silent = await mirror((_, response) => {
      response.writeHead(200, { "content-length": contents.length });
      response.write(contents.subarray(0, 1000));
    });
    const failed = get([silent], { clock }).catch((reason: unknown) => reason);
    while (left().part !== 1000) await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(Seconds(30));
    expect(((await failed) as Error).message).toContain("did not happen within 30 s");
    expect(left()).toEqual({ file: false, part: 1000 });
  });

  it("stops when it is told to, and keeps what it has", async () => {
    const { get, left } = scene();
    const stop = new AbortController();
    const slow = await mirror((_, response) => void response.write(contents.subarray(0, 1000)));
    const stopped = get([slow], { signal: stop.signal }).catch((reason: unknown) => reason);
    while (left().part !== 1000) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await stopped).toBeInstanceOf(AbortedError);
    expect(left()).toEqual({ file: false, part: 1000 });
  });

  it("says what the disk would not do", async () => {
    const url = (await mirror(good)).url;
    const failed = downloadFile(file, [url], "/nowhere/at/all/train.gz", {
      clock: systemClock,
      signal: new AbortController().signal,
    });
    await expect(failed).rejects.toThrow("/nowhere/at/all/train.gz: Could not be written (ENOENT)");
  });
});
