import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { createEndpointer, encodeWav } from "@ohmwork/tasks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSound } from "./check-sound.ts";
import type { SoundGap, SoundSamples, SoundSource } from "./sound-source.ts";
import { openVirtualMicrophone } from "./virtual-microphone.ts";
import { openWavSound } from "./wav-sound.ts";

const rate = 16_000;
let folder: string;

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "ohmwork-wav-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function tone(seconds: number, amplitude = 0.5, at = rate): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * at) }, (_, i) => amplitude * Math.sin((2 * Math.PI * 500 * i) / at));
}

function writeTone(name: string, seconds: number, at = rate): void {
  writeFileSync(join(folder, name), encodeWav({ rate: at, samples: tone(seconds, 0.5, at) }));
}

async function all(source: SoundSource): Promise<(SoundSamples | SoundGap)[]> {
  const pieces: (SoundSamples | SoundGap)[] = [];
  for await (const piece of source) pieces.push(piece);
  return pieces;
}

describe("openWavSound()", () => {
  it("gives the clips of a folder by name, at one rate, a gap between two and none joined", async () => {
    writeTone("b.wav", 0.25, 8000);
    writeTone("a.wav", 0.5);
    writeFileSync(join(folder, "c.wav"), "no sound");
    writeFileSync(join(folder, "notes.txt"), "no clip");
    await using source = await openWavSound(folder);
    const pieces = await all(source);
    const summary = pieces.map((piece) => (piece.kind === "gap" ? piece.reason : `${piece.clip} ${piece.samples.length}`));
    const full = (clip: string, times: number): string[] => Array.from({ length: times }, () => `${clip} 1600`);
    expect(summary).toEqual([...full("a.wav", 5), "next-clip", ...full("b.wav", 2), "b.wav 800", "unreadable"]);
    expect(pieces.map(({ position }) => position)).toEqual([0, 1600, 3200, 4800, 6400, 8000, 8000, 9600, 11_200, 12_000]);
    expect(pieces.at(-1)).toMatchObject({ detail: "c.wav: Not a WAV file: 8 bytes that do not begin RIFF … WAVE" });
  });

  it("says in one line what a file is not, and that there is none", async () => {
    writeFileSync(join(folder, "c.wav"), "no sound");
    await using source = await openWavSound(join(folder, "c.wav"));
    await expect(all(source)).rejects.toThrow("c.wav: Not a WAV file");
    rmSync(join(folder, "c.wav"));
    await expect(openWavSound(folder)).rejects.toThrow("holds no file that ends in .wav");
    await expect(openWavSound(join(folder, "none"))).rejects.toThrow("is not there, expected a WAV file or a folder of them");
  });
});

describe("openVirtualMicrophone()", () => {
  it("plays every clip in every round, with pauses between, in one stream without gaps", async () => {
    for (const [name, seconds] of [
      ["a.wav", 0.2],
      ["b.wav", 0.3],
    ] as const)
      writeTone(name, seconds);
    await using source = await openVirtualMicrophone({ clips: folder, rounds: 3, noise: 0.002 });
    const endpointer = createEndpointer({ rate });
    const lengths: number[] = [];
    const named = new Set<string>();
    let end = 0;
    for await (const piece of source) {
      if (piece.kind === "gap") throw new RangeError(piece.detail);
      expect(piece.position).toBe(end);
      end += piece.samples.length;
      named.add(piece.clip ?? "room");
      for (const { samples, onset } of endpointer.push(piece.samples)) lengths.push((samples.length - onset) / rate);
    }
    expect(named).toEqual(new Set(["a.wav", "b.wav", "room"]));
    const near = (seconds: number): number => lengths.filter((length) => Math.abs(length - seconds) < 0.045).length;
    expect([lengths.length, near(0.2), near(0.3)]).toEqual([6, 3, 3]);
  });

  it("gives the same for the same seed, and something else for another", async () => {
    const clips = ["a", "b", "c"].map((name, k) => ({ name, samples: tone(0.1 * (k + 1)) }));
    const played = async (seed: number): Promise<unknown> => all(await openVirtualMicrophone({ clips, seed }));
    expect(await played(1)).toEqual(await played(1));
    expect(await played(1)).not.toEqual(await played(2));
  });

  it("keeps to the clock that it is given", async () => {
    const clock = createFakeClock();
    const clips = [{ name: "a", samples: tone(0.3) }];
    await using source = await openVirtualMicrophone({ clips, clock, pauseSeconds: [0.1, 0.1] });
    const pieces = source[Symbol.asyncIterator]();
    for (let k = 1; k <= 5; k += 1) {
      let came = false;
      const next = pieces.next().finally(() => (came = true));
      await nextTurn(); // until it sleeps
      await clock.advance(Seconds(0.05));
      await nextTurn();
      expect(came).toBe(false);
      await clock.advance(Seconds(0.05 + 1e-9));
      expect((await next).done).toBe(false);
    }
    expect((await pieces.next()).done).toBe(true);
  });
});

describe("checkSound()", () => {
  it("says how loud it was, what was clipped, and what was missing", async () => {
    writeFileSync(join(folder, "a.wav"), encodeWav({ rate, samples: tone(1, 2).map((v) => Math.max(-1, Math.min(1, v))) }));
    writeTone("b.wav", 2);
    await using source = await openWavSound(folder);
    const { peak, rmsDecibels, clipped, seconds, gaps } = await checkSound(source, { seconds: 2 });
    expect(peak).toBeGreaterThan(0.9999);
    expect(rmsDecibels).toBeGreaterThan(-6);
    expect(rmsDecibels).toBeLessThan(-3);
    expect(clipped).toBeGreaterThan(8000);
    expect(seconds).toBe(2);
    expect(gaps.map(({ reason }) => reason)).toEqual(["next-clip"]);
  });

  it("ends in its time with a source that gives nothing", async () => {
    const clock = createFakeClock();
    const clips = [{ name: "a", samples: tone(1) }];
    await using source = await openVirtualMicrophone({ clips, clock: createFakeClock() });
    const checking = checkSound(source, { clock, limitSeconds: 10 });
    await clock.advance(Seconds(10));
    expect(await checking).toEqual({ peak: 0, rms: 0, rmsDecibels: -Infinity, clipped: 0, seconds: 0, gaps: [] });
  });
});
