import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import type { PhysicalSystem } from "@ohmwork/core";
import {
  accuracyOn,
  createTrainingDevice,
  createTrainingExperiment,
  type FleetMode,
  runTraining,
  trainFleet,
} from "@ohmwork/recipes";
import { connectMqtt, type MqttConnection, openOnnxRuntime, startEmbeddedBroker, systemClock } from "@ohmwork/runtime";
import type { SplitDataset } from "@ohmwork/tasks";
import { createExchanges, openRemoteDevice } from "@ohmwork/trainer";
import { createSigner, topicFilterOf } from "@ohmwork/wire";

/** Error of the parts of each board, standard deviation. */
export const TOLERANCES: readonly number[] = [0.02, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15];
const FLEET = "study";
const MODES: readonly FleetMode[] = ["personal", "shared", "shared-then-personal"];

/** What one way of training a fleet came to, on one split and its boards. */
export type FleetModeResult = {
  readonly mode: FleetMode;
  readonly seed: number;
  /** Share of right answers on the test rows of each board, before and after. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Clips that the boards heard while they were trained, and bytes that the trainer sent and received for that. */
  readonly clips: number;
  readonly bytes: number;
};

export type FleetModesOptions = {
  readonly dataset: SplitDataset;
  readonly seed: number;
  readonly clipsEach: number;
  readonly progress?: (result: FleetModeResult) => void;
};

/** Retrains eight simulated ears over a broker in each mode, from one training in silico. */
export async function fleetModes({
  dataset,
  seed,
  clipsEach,
  progress = () => undefined,
}: FleetModesOptions): Promise<readonly FleetModeResult[]> {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-fleet-modes-"));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const broker = opened.use(await startEmbeddedBroker({ port: 0 }));
  const signer = await createSigner(new Uint8Array(32).fill(seed));
  const runtime = await openOnnxRuntime({ threads: 1 });
  const made = { dataset, system: "ear-12", runtime };
  const ears: PhysicalSystem[] = [];
  for (const [k, tolerance] of TOLERANCES.entries()) {
    const { device } = await createTrainingDevice({ ...made, seed: 100 * seed + k, ear: { tolerance } });
    ears.push(opened.use(device));
  }
  const leaving = new AbortController();
  const agents = ears.map((system, k) => {
    const [id, state] = [`ear-${k + 1}`, join(folder, `ear-${k + 1}`)];
    mkdirSync(state);
    const device = { fleet: FLEET, id, system, systemName: "ear-12" };
    return runAgent({ device, broker: broker.url, state, updateKeys: [signer.publicKey] }, leaving.signal);
  });
  opened.defer(async () => {
    leaving.abort();
    await Promise.all(agents);
  });
  const link = opened.use(connectMqtt(broker.url, { clientId: "study" }));
  await online(link, ears.length);
  const { connection, bytes } = counting(link);
  const exchanges = createExchanges({ connection, fleet: FLEET, clock: systemClock });
  let sequence = 0;
  const remote = (ear: PhysicalSystem, k: number, run: string): Promise<PhysicalSystem> => {
    const { ports, stages, traits } = ear;
    const physics = { ports, ownPorts: ports, stages, largestBatch: traits.largestBatch, repeatable: true };
    const nextSequence = async (): Promise<number> => (sequence += 1);
    return openRemoteDevice({
      fleet: FLEET,
      device: `ear-${k + 1}`,
      run,
      physics,
      exchanges,
      signer,
      clock: systemClock,
      nextSequence,
    });
  };

  const experiment = await createTrainingExperiment({ ...made, seed, rule: "in-silico" });
  const { parameters: from } = (await runTraining(experiment)).state;
  const results: FleetModeResult[] = [];
  for (const mode of MODES) {
    const devices = await Promise.all(ears.map((ear, k) => remote(ear, k, `${mode}-${seed}`)));
    const tested = (at: readonly Float32Array[], id: string): Promise<number[]> =>
      Promise.all(
        devices.map((device, k) =>
          accuracyOn(experiment, device, { parameters: at[k] as Float32Array, rows: experiment.task.test, id }),
        ),
      );
    const before = await tested(
      devices.map(() => from),
      "before",
    );
    const start = bytes();
    const trained = await trainFleet(experiment, devices, { mode, from, rowsEach: clipsEach, seed });
    const sent = bytes() - start;
    const result = { mode, seed, before, after: await tested(trained, "after"), clips: clipsEach * ears.length, bytes: sent };
    progress(result);
    results.push(result);
    for (const device of devices) await device[Symbol.asyncDispose]();
  }
  return results;
}

/** Waits until so many devices said that they are there. */
async function online(connection: MqttConnection, count: number): Promise<void> {
  const born = new Set<string>();
  const all = Promise.withResolvers<void>();
  await connection.subscribe(topicFilterOf(FLEET, "birth"), (topic) => {
    born.add(topic);
    if (born.size === count) all.resolve();
  });
  await all.promise;
}

/** The same link, whose topics and payloads are counted, both ways. */
function counting(connection: MqttConnection): { readonly connection: MqttConnection; readonly bytes: () => number } {
  let bytes = 0;
  const counted: Pick<MqttConnection, "publish" | "subscribe"> = {
    publish: (topic, payload, options) => {
      bytes += topic.length + payload.length;
      return connection.publish(topic, payload, options);
    },
    subscribe: (filter, handler, options) =>
      connection.subscribe(
        filter,
        (topic, payload, ...more) => {
          bytes += topic.length + payload.length;
          return handler(topic, payload, ...more);
        },
        options,
      ),
  };
  return { connection: { ...connection, ...counted }, bytes: () => bytes };
}
