import { describe, expect, it } from "vitest";
import { createSoundQueue } from "./sound-queue.ts";
import type { SoundGap, SoundSamples } from "./sound-source.ts";

const samples = (position: number, count: number): SoundSamples => ({
  kind: "samples",
  position,
  samples: new Float32Array(count),
});
const gap = (position: number): SoundGap => ({ kind: "gap", reason: "busy", position, suspect: 0, detail: "Busy" });

describe("createSoundQueue()", () => {
  it("gives what was put in, in order, and then the end", async () => {
    const queue = createSoundQueue(100);
    queue.push(samples(0, 10));
    queue.push(gap(10));
    queue.push(samples(50, 10));
    queue.end();
    expect([await queue.take(), await queue.take(), await queue.take(), await queue.take()]).toEqual([
      samples(0, 10),
      gap(10),
      samples(50, 10),
      undefined,
    ]);
  });

  it("waits for the next piece, and for an end", async () => {
    const queue = createSoundQueue(100);
    const first = queue.take();
    queue.push(samples(0, 1));
    expect(await first).toEqual(samples(0, 1));
    const second = queue.take();
    queue.end(new RangeError("Over"));
    await expect(second).rejects.toThrow("Over");
  });

  it("drops the oldest sound when its reader is late, and says where", async () => {
    const queue = createSoundQueue(30);
    for (let k = 0; k < 6; k += 1) queue.push(samples(10 * k, 10));
    queue.end();
    expect(await queue.take()).toMatchObject({ kind: "gap", reason: "overrun", position: 0, suspect: 0 });
    for (const position of [30, 40, 50]) expect(await queue.take()).toEqual(samples(position, 10));
    expect(await queue.take()).toBeUndefined();
  });

  it("keeps one of many gaps in a row", async () => {
    const queue = createSoundQueue(30);
    for (let k = 0; k < 1000; k += 1) queue.push(gap(0));
    queue.end();
    expect(await queue.take()).toEqual(gap(0));
    expect(await queue.take()).toBeUndefined();
  });
});
