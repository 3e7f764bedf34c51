import { createBatch, type PhysicalSystem, type Revision, rowOf, rowsOf } from "@ohmwork/core";
import type { SoundGap, SoundGapReason, SoundSamples, SoundSource } from "@ohmwork/firmware-bridge";
import { CLIP_RATE, clipLayouts } from "@ohmwork/tasks";
import type { DrivenDevice } from "../device.ts";

const width = clipLayouts.slots.samples;
/** Samples of a row that are looked at: where the first slot would be. */
const looked = { from: 1280, to: 2560 } as const;

/** A circuit that tells low tones from high ones by how often they cross zero; its one parameter is what it does not use. */
export function toneTeller(): PhysicalSystem & { broken: boolean; calls: number } {
  const teller: PhysicalSystem & { broken: boolean; calls: number } = {
    broken: false,
    calls: 0,
    ports: {
      inputs: [{ name: "sound", unit: "V", size: width, min: -10, max: 10 }],
      parameters: [{ name: "bias", unit: "V", size: 1, min: -1, max: 1 }],
      outputs: [{ name: "score", unit: "V", size: 2, min: -1, max: 1 }],
    },
    traits: { largestBatch: 16, repeatable: true } as PhysicalSystem["traits"],
    stages: [
      { name: "envelopes", width: 1 },
      { name: "scores", width: 2 },
    ],
    program: async () => 1 as Revision,
    respond: async (inputs) => {
      teller.calls += 1;
      const { count } = rowsOf(inputs);
      const hertz = Float32Array.from({ length: count }, (_, row) => hertzOf(rowOf(inputs, row)));
      const scores = Float32Array.from({ length: 2 * count }, (_, i) => {
        if (teller.broken) return Number.NaN;
        const isHigh = (hertz[i >> 1] as number) > 1000;
        return isHigh === (i % 2 === 1) ? 0.1 : 0;
      });
      return {
        revision: 1 as Revision,
        stages: { envelopes: createBatch(hertz, [count, 1]), scores: createBatch(scores, [count, 2]) },
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  return teller;
}

function hertzOf(row: Float32Array): number {
  let crossings = 0;
  for (let i = looked.from + 1; i < looked.to; i += 1) if ((row[i - 1] as number) < 0 !== (row[i] as number) < 0) crossings += 1;
  return (crossings / 2 / (looked.to - looked.from)) * CLIP_RATE;
}

export const toneDevice = (system: PhysicalSystem): DrivenDevice => ({
  fleet: "home",
  id: "d1",
  system,
  systemName: "teller of tones",
  rest: Float32Array.of(0.5),
  sensor: { task: "tones", classes: ["low", "high"], layout: clipLayouts.slots, decision: { gainPerVolt: 40, threshold: 0.5 } },
});

export const tone = (hertz: number, seconds: number, amplitude = 0.3): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * CLIP_RATE) }, (_, i) =>
    Math.max(-1, Math.min(1, amplitude * Math.sin((2 * Math.PI * hertz * i) / CLIP_RATE))),
  );

export const quiet = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * CLIP_RATE));

/** Something that a source of a test gives: sound, or a gap, with how many seconds before it are suspect. */
export type Given = Float32Array | { readonly gap: SoundGapReason; readonly suspectSeconds?: number };

/** A source that gives these, and ends. */
export function sourceOf(...given: readonly Given[]): SoundSource {
  return {
    name: "test",
    rate: CLIP_RATE,
    async *[Symbol.asyncIterator](): AsyncGenerator<SoundSamples | SoundGap> {
      let position = 0;
      for (const one of given) {
        if (one instanceof Float32Array) {
          for (let at = 0; at < one.length; at += 1600)
            yield { kind: "samples", position: position + at, samples: one.slice(at, at + 1600) };
          position += one.length;
        } else {
          const suspect = Math.round((one.suspectSeconds ?? 0) * CLIP_RATE);
          yield { kind: "gap", reason: one.gap, position, suspect, detail: `Gap: ${one.gap}` };
          position += CLIP_RATE;
        }
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
