import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import { Seconds, widthOf } from "@ohmwork/core";
import { openVirtualMicrophone, type SoundSource } from "@ohmwork/firmware-bridge";
import { connectMqtt, startEmbeddedBroker, systemClock } from "@ohmwork/runtime";
import { createEar, ear12, startCodes } from "@ohmwork/systems";
import { CLIP_RATE, clipLayouts, syntheticVowels } from "@ohmwork/tasks";
import { workspaceVersion } from "./workspace-version.ts";

export type SensorBenchOptions = {
  /** Sounds that are played, at the pace of a room. @default 60 */
  readonly sounds?: number;
  /** Called with each line of progress. */
  readonly progress?: (line: string) => void;
};

/** Quiet that ends a sound, the default of the endpointer: the word may go on after less [s]. */
const HANG_SECONDS = 0.2;
const vowels = ["ae", "iy", "uw"];

/** The same sound, with the time at which each piece of it was handed over. */
function timed(source: SoundSource, handed: { position: number; at: number }[]): SoundSource {
  return {
    name: source.name,
    rate: source.rate,
    async *[Symbol.asyncIterator]() {
      for await (const piece of source) {
        if (piece.kind === "samples")
          handed.push({ position: piece.position + piece.samples.length, at: systemClock.monotonic() });
        yield piece;
      }
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

/**
 * From the last sample of a word to the answer at another MQTT client: a simulated ear with its evidence and outbox on the disk, an
 * embedded broker, and a microphone that gives sound as a room does. What the endpointer waits for is the sound's, not ours.
 */
export async function runSensorBench(options: SensorBenchOptions = {}): Promise<object> {
  const { sounds = 60, progress = () => undefined } = options;
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-bench-"));
  await using broker = await startEmbeddedBroker({ port: 0 });
  await using listener = connectMqtt(broker.url, { clientId: "bench", sessionSeconds: Seconds(0) });
  await listener.whenConnected(Seconds(5));
  const arrived = new Map<string, number>();
  await listener.subscribe("ohmwork/v1/home/ear-1/answer", (_, payload) => {
    const answer = JSON.parse(new TextDecoder().decode(payload)) as { evidence: { id: string } };
    arrived.set(answer.evidence.id, systemClock.monotonic());
  });
  const ear = createEar({ design: ear12(), classes: vowels.length, seed: 1 });
  await using _ = ear;
  const rest = new Float32Array(widthOf(ear.ports.parameters));
  rest.set(startCodes(ear12()));
  const clips = syntheticVowels({ seed: 1, vowels }).map(({ name, sound }) => ({ name, samples: sound.samples }));
  const microphone = await openVirtualMicrophone({ clips: clips.slice(0, sounds), seed: 1, clock: systemClock });
  const handed: { position: number; at: number }[] = [];
  const ends = new Map<string, number>();
  try {
    await runAgent(
      {
        broker: broker.url,
        state: folder,
        device: {
          fleet: "home",
          id: "ear-1",
          system: ear,
          systemName: "ear-12, simulated",
          rest,
          sensor: {
            task: "sounds",
            classes: vowels,
            layout: clipLayouts.slots,
            decision: { gainPerVolt: 40, threshold: 0.5 },
          },
        },
        sound: timed(microphone, handed),
        exit: true,
        onAnswer: ({ sound: { utterance }, evidence }) => {
          if (evidence !== undefined) ends.set(evidence, utterance.position + utterance.samples.length);
          if (ends.size % 20 === 0) progress(`${ends.size} of ${clips.slice(0, sounds).length} sounds`);
        },
      },
      new AbortController().signal,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  const latencies: number[] = [];
  const own: number[] = [];
  for (const [id, end] of ends) {
    const answered = arrived.get(id);
    const last = handed.find(({ position }) => position >= end);
    const quiet = handed.find(({ position }) => position >= end + HANG_SECONDS * CLIP_RATE);
    if (answered === undefined || last === undefined || quiet === undefined) continue;
    // The last sample of a word was said while the piece that holds it was being recorded.
    latencies.push(answered - (last.at - (last.position - end) / CLIP_RATE));
    own.push(answered - quiet.at);
  }
  const [p50Seconds, p99Seconds] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  const [ownP50Seconds, ownP99Seconds] = [quantile(own, 0.5), quantile(own, 0.99)];
  const inMilliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(0)} ms`;
  progress(`From the end of a word to its answer: p50 ${inMilliseconds(p50Seconds)}, p99 ${inMilliseconds(p99Seconds)}`);
  progress(
    `From the sound that ends it to its answer: p50 ${inMilliseconds(ownP50Seconds)}, p99 ${inMilliseconds(ownP99Seconds)}`,
  );
  return {
    schema: "ohmwork.bench.sensor/1",
    version: workspaceVersion(),
    task: "bench",
    system: "ear-12",
    rule: null,
    seed: 1,
    answers: latencies.length,
    p50Seconds,
    p99Seconds,
    endpointSeconds: HANG_SECONDS,
    ownP50Seconds,
    ownP99Seconds,
    ownShare: ownP50Seconds / p50Seconds,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
