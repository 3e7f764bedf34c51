import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BadInputError } from "@ohmwork/core";
import { dataPath } from "@ohmwork/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { getFiles } from "./get-files.ts";
import { readPictures } from "./read-pictures.ts";

const idx = (shape: readonly number[]): Buffer =>
  Buffer.from([
    0,
    0,
    8,
    shape.length,
    ...shape.flatMap((size) => [0, 0, 0, size]),
    ...new Uint8Array(shape.reduce((a, b) => a * b, 1)),
  ]);
/** A set in the form of MNIST, with three pictures to learn from and one to test on. */
const packed = new Map(
  Object.entries({
    "train-images-idx3-ubyte.gz": idx([3, 4, 4]),
    "train-labels-idx1-ubyte.gz": idx([3]),
    "t10k-images-idx3-ubyte.gz": idx([1, 4, 4]),
    "t10k-labels-idx1-ubyte.gz": idx([1]),
  }).map(([name, bytes]) => [name, gzipSync(bytes)]),
);
const files = Array.from(packed, ([name, bytes]) => ({
  name,
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
}));

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-get-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function mirror(): Promise<Parameters<typeof getFiles>[2] & { asked: string[]; shown: Set<string> }> {
  const asked: string[] = [];
  const shown = new Set<string>();
  const server = createServer(({ url = "" }, response) => {
    asked.push(url.slice(1));
    response.end(packed.get(url.slice(1)));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise((resolve) => void server.close(() => resolve()));
  });
  return {
    mirrors: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`],
    signal: new AbortController().signal,
    show: ({ phase, bytes, total }) => void (bytes === total && shown.add(phase)),
    asked,
    shown,
  };
}

describe("getFiles()", () => {
  it("fetches what is not there, and what readPictures() reads", async () => {
    const folder = emptyFolder();
    const from = await mirror();
    expect((await getFiles(files, folder, from)).map(({ fetched }) => fetched)).toEqual([true, true, true, true]);
    rmSync(join(folder, "t10k-labels-idx1-ubyte.gz"));
    expect((await getFiles(files, folder, from)).map(({ fetched }) => fetched)).toEqual([false, false, false, true]);
    expect([...from.shown]).toEqual([...packed.keys()]);
    expect(from.asked).toEqual([...packed.keys(), "t10k-labels-idx1-ubyte.gz"]);
    const { train, test } = await readPictures(folder);
    expect([train.pictures.shape, train.labels.shape, test.pictures.shape]).toEqual([[3, 4, 4], [3], [1, 4, 4]]);
  });

  it("leaves a user's own file of that name alone", async () => {
    const folder = emptyFolder();
    const own = join(folder, "train-images-idx3-ubyte.gz");
    writeFileSync(own, "mine");
    const failed = getFiles(files, folder, await mirror());
    await expect(failed).rejects.toThrow(BadInputError);
    await expect(failed).rejects.toThrow(
      /is not the published file \(SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}\): move it away/,
    );
    expect(readFileSync(own, "utf8")).toBe("mine");
  });
});

describe("readPictures()", () => {
  it("reads unpacked files as well", async () => {
    const folder = emptyFolder();
    for (const [name, shape] of [
      ["train-images-idx3-ubyte", [2, 4, 4]],
      ["train-labels-idx1-ubyte", [2]],
      ["t10k-images-idx3-ubyte", [1, 4, 4]],
      ["t10k-labels-idx1-ubyte", [1]],
    ] as const)
      writeFileSync(join(folder, name), idx(shape));
    expect((await readPictures(folder)).train.pictures.shape).toEqual([2, 4, 4]);
  });

  it("names the file that is not there, or is not what it says", async () => {
    const folder = emptyFolder();
    const first = join(folder, "train-images-idx3-ubyte.gz");
    await expect(readPictures(folder)).rejects.toThrow(`${first}: No such file, fetch it with ohmwork data get`);
    writeFileSync(first, "no gzip");
    await expect(readPictures(folder)).rejects.toThrow(`${first}: Cut short or not packed with gzip (Z_DATA_ERROR)`);
    writeFileSync(first, (packed.get("train-images-idx3-ubyte.gz") as Buffer).subarray(0, 20));
    await expect(readPictures(folder)).rejects.toThrow(`${first}: Cut short or not packed with gzip (Z_BUF_ERROR)`);
    writeFileSync(first, gzipSync(Buffer.from("no idx")));
    await expect(readPictures(folder)).rejects.toThrow(`${first}: Not an IDX file`);
    await expect(readPictures(folder)).rejects.toThrow(BadInputError);
  });

  it("reads the small MNIST of development", async (context) => {
    const { train, test } = await readPictures(dataPath(context, "mnist/mini"));
    expect([train.pictures.shape, test.pictures.shape]).toEqual([
      [2000, 28, 28],
      [500, 28, 28],
    ]);
  });
});
