import { setImmediate as breathe } from "node:timers/promises";
import { type Batch, type Clock, createBatch, rowOf } from "@ohmwork/core";
import type { SoundSource } from "@ohmwork/firmware-bridge";
import type { MqttConnection } from "@ohmwork/runtime";
import { CLIP_RATE, encodeWav } from "@ohmwork/tasks";
import { type Answer, encode, messages, topicOf } from "@ohmwork/wire";
import type { CommandHandlers } from "../commands.ts";
import type { SensorSpec } from "../device.ts";
import type { MeasuredSample } from "../outbox.ts";
import { decide, type Decided, UNKNOWN } from "./decision.ts";
import { evidenceCommands } from "./evidence-commands.ts";
import type { Evidence, EvidenceStore } from "./evidence-store.ts";
import { createListening, type HeardSound, type Listened } from "./listening.ts";
import { noCounts, type SensorCounts } from "./sensor-counts.ts";

/** One answer, for a display on this machine. */
export type SensorAnswer = Decided & {
  readonly sound: HeardSound;
  /** One row for each stage of the system [V]. */
  readonly measured: Readonly<Record<string, Float32Array>>;
  readonly evidence?: string;
};

/** What was measured of one sound: a batch of one row for each stage, the scores the last of them. */
export type MeasuredSound = {
  readonly revision: number;
  readonly stages: Readonly<Record<string, Batch>>;
  readonly outputs: Batch;
};

export type SensorOptions = {
  readonly device: { readonly fleet: string; readonly id: string };
  readonly sensor: SensorSpec;
  readonly boot: string;
  readonly connection: MqttConnection;
  readonly clock: Clock;
  readonly isClockSynchronised: () => boolean;
  /** Plays a row to the circuit as it stands; undefined while a lease has it. */
  readonly measure: (row: Batch) => Promise<MeasuredSound | undefined>;
  /** Of the last update, and id of the committed set. */
  readonly standing: () => { readonly version?: number; readonly parameters?: string };
  /** `seq` of the sample that is taken next. */
  readonly nextSeq: () => number;
  readonly keep: (samples: readonly MeasuredSample[]) => number;
  /** Where sounds are kept; without it none is kept, and none is sent. */
  readonly evidence?: EvidenceStore;
  readonly onAnswer?: (answer: SensorAnswer) => void;
  readonly onTrouble: (message: string) => void;
};

/** Answers to sounds, and keeps what the answers rest on. */
export interface Sensor {
  /** Until the source ends or the signal fires. @throws BadInputError when the recorder is not installed */
  hear(source: SoundSource, signal?: AbortSignal): Promise<SensorCounts>;
  counts(): SensorCounts;
  /** There is a link again: the last answer is published if it was not. */
  linked(): void;
  readonly commands: CommandHandlers;
}

/** How many answers back a sound can be found to be suspect: a wrong rate is known after 10 s. */
const REMEMBERED = 64;
/** Within this time a person may mean the sound before the last one. */
const AMBIGUOUS_SECONDS = 1;

export function createSensor(options: SensorOptions): Sensor {
  const { device, sensor, boot, connection, clock, measure, evidence, onTrouble } = options;
  const topic = topicOf({ kind: "answer", fleet: device.fleet, device: device.id });
  const counts = noCounts();
  /** Where the last sounds ended, and what their evidence is. */
  let recent: { readonly end: number; readonly id?: string }[] = [];
  let unsent: Uint8Array | undefined;
  let lastId = "";
  let repeats = 0;
  let isDiskRefusing = false;
  let isFailing = false;

  const publish = async (answer: Uint8Array): Promise<void> => {
    unsent = answer;
    if ((await connection.publish(topic, answer, messages.answer)) && unsent === answer) unsent = undefined;
  };

  /** That of the sample that is taken next; when one was not taken, its number comes again, and the id must not. */
  const nextId = (): string => {
    const id = `${boot}-${options.nextSeq()}`;
    repeats = id === lastId ? repeats + 1 : 0;
    lastId = id;
    return repeats === 0 ? id : `${id}-${repeats}`;
  };

  const keepEvidence = (kept: Evidence, sound: HeardSound): void => {
    const wav = encodeWav({ rate: CLIP_RATE, samples: sound.utterance.samples });
    const isKept = evidence?.keep(kept, wav) ?? false;
    if (!isKept) counts.evidenceRefused += 1;
    if (!isKept && !isDiskRefusing) onTrouble("Evidence cannot be written: answers go on without it");
    if (isKept && isDiskRefusing) onTrouble("Evidence can be written again");
    isDiskRefusing = !isKept;
  };

  const answer = async (sound: HeardSound): Promise<void> => {
    const rows = createBatch(sound.row, [1, sound.row.length]);
    let measured: MeasuredSound | undefined;
    let decided: Decided;
    try {
      measured = await measure(rows);
      if (measured === undefined) return void (counts.leased += 1);
      decided = decide(rowOf(measured.outputs, 0), sensor.classes, sensor.decision);
    } catch (error) {
      counts.failed += 1;
      if (!isFailing) onTrouble(`A sound could not be answered: ${(error as Error).message}`);
      isFailing = true;
      return;
    }
    isFailing = false;
    if (sound.isClipped) decided = { ...decided, label: UNKNOWN };
    counts.answers += 1;
    if (decided.label === UNKNOWN) counts.unknown += 1;
    if (sound.isClipped) counts.clipped += 1;

    const id = evidence === undefined ? undefined : nextId();
    const { version, parameters } = options.standing();
    const when = { at: Math.floor(clock.now()), clockSynchronised: options.isClockSynchronised() };
    const { label, confidence } = decided;
    const said: Answer = {
      boot,
      ...when,
      task: sensor.task,
      label,
      confidence,
      ...(id !== undefined && { evidence: { id } }),
      ...(version !== undefined && { version }),
    };
    void publish(encode("answer", said));
    const stages = Object.fromEntries(Object.entries(measured.stages).map(([name, batch]) => [name, rowOf(batch, 0)]));
    options.onAnswer?.({ ...decided, sound, measured: stages, ...(id !== undefined && { evidence: id }) });
    const end = sound.utterance.position + sound.utterance.samples.length;
    recent = [...recent, { end, ...(id !== undefined && { id }) }].slice(-REMEMBERED);
    await breathe(); // the answer leaves before the disk is waited for
    if (id === undefined) return;
    const numbers = Object.fromEntries(Object.entries(stages).map(([name, row]) => [name, [...row]]));
    const { likeliest } = decided;
    keepEvidence(
      { id, ...when, label, confidence, likeliest, measured: numbers, clipped: sound.utterance.clipped, suspect: false },
      sound,
    );
    if (sound.isClipped) return; // nothing is to be learned from it
    const { revision } = measured;
    const inputs = sound.row;
    options.keep([
      { ...when, task: sensor.task, revision, ...(parameters !== undefined && { parameters }), inputs, measured: stages },
    ]);
  };

  const doubt = (from: number): void => {
    for (const { end, id } of recent) {
      if (end <= from) continue;
      counts.suspect += 1;
      if (id !== undefined) evidence?.amend(id, { suspect: true });
    }
    recent = recent.filter(({ end }) => end <= from);
  };

  const isAmbiguous = (): boolean => {
    const [before, last] = recent.slice(-2).map(({ end }) => end) as [number?, number?];
    return before !== undefined && last !== undefined && last - before < AMBIGUOUS_SECONDS * CLIP_RATE;
  };

  const take = async (found: readonly Listened[]): Promise<void> => {
    for (const one of found) {
      if (one.kind === "sound") await answer(one);
      else if (one.kind === "suspect") doubt(one.from);
      else counts.unheard[one.reason] += 1;
    }
  };

  return {
    hear: async (source, signal) => {
      if (source.rate !== CLIP_RATE) throw new RangeError(`A sensor hears ${CLIP_RATE} samples a second, not ${source.rate}`);
      const listening = createListening(sensor.layout);
      const stop = (): void => void source[Symbol.asyncDispose]();
      if (signal?.aborted === true) stop();
      signal?.addEventListener("abort", stop, { once: true });
      try {
        for await (const piece of source) {
          if (signal?.aborted === true) break;
          if (piece.kind === "gap" && piece.reason !== "next-clip") {
            counts.gaps[piece.reason] = (counts.gaps[piece.reason] ?? 0) + 1;
            onTrouble(`Sound is missing: ${piece.detail}`);
          }
          await take(listening.take(piece));
        }
        if (signal?.aborted !== true) await take(listening.finish());
      } finally {
        signal?.removeEventListener("abort", stop);
      }
      return counts;
    },
    counts: () => counts,
    linked: () => {
      if (unsent !== undefined) void publish(unsent);
    },
    commands: evidenceCommands({ ...options, isAmbiguous }),
  };
}
