import { createListening, decide, noCounts, type SensorAnswer, type SensorCounts, UNKNOWN } from "@ohmwork/agent";
import { createBatch } from "@ohmwork/core";
import type { SoundSource } from "@ohmwork/firmware-bridge";
import { measureRows } from "@ohmwork/learning";
import type { EarDesign } from "@ohmwork/systems";
import { CLIP_RATE, soundLevel } from "@ohmwork/tasks";
import type { SensorDevice } from "./sensor-device.ts";

export type LocalListening = {
  readonly device: SensorDevice;
  readonly design: EarDesign;
  readonly sound: SoundSource;
  /** What stands in the channels now [V], and the level of the last piece [dBFS]. */
  readonly onEnvelopes: (envelopes: Float32Array, decibels: number) => void;
  readonly onAnswer: (answer: SensorAnswer) => void;
  readonly onGap: (detail: string) => void;
  readonly signal: AbortSignal;
};

/** Largest magnitude of a row [V]. */
const LARGEST_VOLTS = 10;
/** Level that a running picture takes for the loudest at least: a quiet room is not to look like speech. */
const LEAST_LEVEL = 0.01;
/** Time in which the level of the picture falls to 1/e [s]. */
const RELEASE_SECONDS = 4;

/** Answers to what a source gives, as a sensor does, and tells how its channels stand meanwhile; nothing is kept or sent. */
export async function listenLocally(options: LocalListening): Promise<SensorCounts> {
  const { device, sound, onAnswer, onGap, signal } = options;
  const { classes, layout, decision } = device.sensor;
  const listening = createListening(layout);
  const counts = noCounts();
  const picture = createPicture(options);
  const stop = (): void => void sound[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });

  const take = async (found: ReturnType<typeof listening.take>): Promise<void> => {
    for (const one of found) {
      if (one.kind === "unheard") counts.unheard[one.reason] += 1;
      if (one.kind !== "sound") continue;
      const { outputs, stages } = await measureRows(device.system, createBatch(one.row, [1, one.row.length]));
      const decided = decide(outputs.data, classes, decision);
      const label = one.isClipped ? UNKNOWN : decided.label;
      counts.answers += 1;
      if (one.isClipped) counts.clipped += 1;
      if (label === UNKNOWN) counts.unknown += 1;
      const measured = Object.fromEntries(Object.entries(stages).map(([name, batch]) => [name, batch.data]));
      onAnswer({ ...decided, label, sound: one, measured });
    }
  };

  for await (const piece of sound) {
    if (signal.aborted) break;
    if (piece.kind === "samples") await picture(piece.samples);
    else if (piece.reason !== "next-clip") {
      counts.gaps[piece.reason] = (counts.gaps[piece.reason] ?? 0) + 1;
      onGap(piece.detail);
    }
    await take(listening.take(piece));
  }
  await take(listening.finish());
  signal.removeEventListener("abort", stop);
  return counts;
}

/** The ear's own last slot of the sound that has just been. */
function createPicture({ device, design, onEnvelopes }: LocalListening): (samples: Float32Array) => Promise<void> {
  const { samples: length, leadSamples, slots } = design.timing;
  const channels = design.channels.length;
  let recent = new Float32Array(length);
  let level = LEAST_LEVEL;
  return async (samples) => {
    const { rms, rmsDecibels } = soundLevel(samples);
    level = Math.max(LEAST_LEVEL, rms, level * Math.exp(-samples.length / CLIP_RATE / RELEASE_SECONDS));
    const joined = new Float32Array(length + samples.length);
    joined.set(recent);
    joined.set(samples, length);
    recent = joined.slice(-length);
    const row = new Float32Array(length + (slots === "gated" ? 1 : 0));
    for (const [i, value] of recent.entries()) row[i] = Math.max(-LARGEST_VOLTS, Math.min(LARGEST_VOLTS, value / level));
    if (slots === "gated") row[length] = (length - leadSamples) / CLIP_RATE;
    const { stages } = await measureRows(device.system, createBatch(row, [1, row.length]));
    const envelopes = stages[device.system.stages[0]?.name as string]?.data as Float32Array;
    onEnvelopes(envelopes.slice(-channels), rmsDecibels);
  };
}
