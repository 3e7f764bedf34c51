import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BadInputError } from "@ohmwork/core";
import { encodeWav } from "@ohmwork/tasks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRecordings } from "./read-recordings.ts";
import { tarFiles } from "./tar-files.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "ohmwork-recordings-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** An archive by the letter of POSIX.1-2001 (ustar). */
function tar(files: readonly { name: string; kind?: string; bytes: Uint8Array }[]): Buffer {
  const blocks = files.flatMap(({ name, kind = "0", bytes }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(bytes.length.toString(8).padStart(11, "0"), 124);
    header.write("        ", 148);
    header.write(kind, 156);
    header.write("ustar\u000000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const wav = (value: number): Uint8Array => encodeWav({ rate: 8000, samples: new Float32Array(300).fill(value) });

describe("readRecordings()", () => {
  it("reads the recordings of a folder and of the archives in it, by name", async () => {
    const archive = tar([
      { name: "recordings/", kind: "5", bytes: new Uint8Array(0) },
      { name: "recordings/c.wav", bytes: wav(0.5) },
      { name: "recordings/notes.txt", bytes: Buffer.from("no sound") },
      { name: "recordings/a.wav", bytes: wav(0.25) },
    ]);
    writeFileSync(join(folder, "set.tar.gz"), gzipSync(archive));
    writeFileSync(join(folder, "b.wav"), wav(-0.5));
    writeFileSync(join(folder, "README.md"), "no sound");
    const recordings = await readRecordings(folder);
    expect(recordings.map(({ name, sound }) => [name, sound.rate, sound.samples[0]])).toEqual([
      ["a.wav", 8000, 0.25],
      ["b.wav", 8000, -0.5],
      ["c.wav", 8000, 0.5],
    ]);
  });

  it("says in one line what is wrong", async () => {
    await expect(readRecordings(folder)).rejects.toThrow("No recordings, expected .wav files or a .tar.gz of them");
    await expect(readRecordings(join(folder, "none"))).rejects.toThrow("No such folder, expected one with recordings (ENOENT)");
    writeFileSync(join(folder, "set.tar.gz"), "no archive");
    await expect(readRecordings(folder)).rejects.toThrow("Cut short or not packed with gzip");
  });
});

describe("tarFiles()", () => {
  it("gives all files or a one-line error, wherever an archive is cut or changed", () => {
    const whole = tar([{ name: "a.wav", bytes: wav(0.5) }]);
    const outcome = (bytes: Uint8Array): unknown => {
      try {
        return [...tarFiles(bytes, "a.tar")].every(({ name }) => name === "a.wav");
      } catch (error) {
        return error instanceof BadInputError && !error.message.includes("\n");
      }
    };
    for (let at = 0; at < 600; at += 1) {
      expect(outcome(whole.subarray(0, at * 3)), `cut at ${at * 3}`).toBe(true);
      expect(outcome(Buffer.from(whole).fill(255, at, at + 1)), `changed at ${at}`).toBe(true);
    }
    expect([...tarFiles(whole, "a.tar")]).toHaveLength(1);
  });
});
