import { describe, expect, it } from "vitest";
import type { SoundGap, SoundGapReason, SoundSamples, SoundSource } from "./sound-source.ts";
import { type HeardSound, soundsIn } from "./sounds-in.ts";
import { openVirtualMicrophone } from "./virtual-microphone.ts";

const rate = 16_000;

function tone(seconds: number, amplitude = 0.5): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 500 * i) / rate),
  );
}

const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * rate));

/** A source of the given samples, a gap of 1 s before each but the first. */
function sourceOf(reason: SoundGapReason, ...runs: readonly Float32Array[][]): SoundSource {
  async function* read(): AsyncGenerator<SoundSamples | SoundGap> {
    let position = 0;
    for (const [k, run] of runs.entries()) {
      if (k > 0) {
        yield { kind: "gap", reason, position, suspect: 0, detail: "Something" };
        position += rate;
      }
      for (const samples of run) {
        yield { kind: "samples", position, samples };
        position += samples.length;
      }
    }
  }
  return { name: "test", rate, [Symbol.asyncIterator]: read, [Symbol.asyncDispose]: async () => undefined };
}

async function heard(source: SoundSource): Promise<HeardSound[]> {
  const all: HeardSound[] = [];
  for await (const sound of soundsIn(source)) all.push(sound);
  return all;
}

const summary = (all: readonly HeardSound[]): unknown[] =>
  all.map((one) =>
    one.kind === "gap"
      ? one.reason
      : [(one.sound.position + one.sound.onset) / rate, (one.sound.samples.length - one.sound.onset) / rate],
  );

describe("soundsIn()", () => {
  it("gives every clip that a virtual microphone plays", async () => {
    const clips = [0.2, 0.3, 0.4].map((seconds) => ({ name: String(seconds), samples: tone(seconds) }));
    await using source = await openVirtualMicrophone({ clips, rounds: 2 });
    const all = await heard(source);
    expect(all.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => "sound"));
  });

  it("drops a sound that a gap broke off, and places the next where the clock says", async () => {
    const source = sourceOf("stalled", [silence(0.5), tone(0.3), silence(0.5), tone(0.3)], [tone(0.3), silence(0.5)]);
    expect(summary(await heard(source))).toEqual([[0.5, 0.3], "stalled", [2.6, 0.3]]);
  });

  it("ends a sound with its clip, and with the source", async () => {
    const source = sourceOf("next-clip", [silence(0.1), tone(0.3)], [tone(0.2)]);
    expect(summary(await heard(source))).toEqual([[0.1, 0.3], "next-clip", [1.4, 0.2]]);
  });

  it("gives nothing of silence", async () => {
    expect(await heard(sourceOf("stalled", [silence(2)]))).toEqual([]);
  });
});
