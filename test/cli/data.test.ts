import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { finished, startOhmwork } from "./run-ohmwork.ts";

/** An address where every file is the same wrong one. */
async function wrongMirror(): Promise<string> {
  const server = createServer((_, response) => void response.end("not this one"));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/set`;
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-data-get-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("ohmwork data get", () => {
  it("fails in one line when what it fetched is not the data set, and leaves no file", async () => {
    const folder = emptyFolder();
    const mirror = await wrongMirror();
    const { code, out, err } = await finished(
      startOhmwork(["data", "get", "mnist", "--mirror", mirror, "--json"], { env: { OHMWORK_DATA: folder } }),
    );
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^train-images-idx3-ubyte\.gz: 127\.0\.0\.1:\d+: Ended after 12 of 9912422 bytes\n$/);
    expect(readdirSync(join(folder, "mnist"))).toEqual(["train-images-idx3-ubyte.gz.part"]);
  });

  const own = (): string[] => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "train-images-idx3-ubyte.gz"), "mine");
    return ["data", "get", "fashion-mnist", "--data", folder];
  };
  const cases: Record<string, [args: () => string[], message: RegExp]> = {
    "an unknown data set": [
      () => ["data", "get", "fashon-mnist"],
      /Unknown data set "fashon-mnist", did you mean fashion-mnist\?/,
    ],
    "a word that is no mirror": [
      () => ["data", "get", "mnist", "--mirror", "mnist.org"],
      /Option --mirror is "mnist\.org", expected an/,
    ],
    "a folder that is a file": [
      () => ["data", "get", "mnist", "--data", import.meta.filename],
      /--data .*: Is a file, expected a folder/,
    ],
    "another file in its place": [own, /Is there already and is not the published file \(SHA-256 /],
    "an unknown command of the group": [() => ["data", "gte"], /Unknown command "gte", did you mean get\?/],
  };
  it.each(Object.entries(cases))("refuses %s in one line", async (_, [args, message]) => {
    const folder = emptyFolder();
    const { code, out, err } = await finished(startOhmwork(args(), { cwd: folder }));
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
    expect(err.trimEnd()).not.toMatch(/[\r\n]/);
    expect(existsSync(join(folder, "mnist"))).toBe(false);
  });
});
