import { Seconds } from "@ohmwork/core";
import { connectMqtt, type Credentials, systemClock } from "@ohmwork/runtime";
import { type Birth, clientIdOf, openParameterSet, type Signer } from "@ohmwork/wire";
import { combineEvents } from "./combine-events.ts";
import { createAnnouncer } from "./home-assistant/announcer.ts";
import { discoveryOf } from "./home-assistant/discovery.ts";
import { createApi } from "./http/api.ts";
import { createEventStream } from "./http/event-stream.ts";
import type { HttpTokens } from "./http/http-tokens.ts";
import { createMetrics } from "./http/metrics.ts";
import { type LogLevel, logEvents } from "./log.ts";
import { leadRollouts } from "./rollouts/lead-rollouts.ts";
import { createRuns } from "./runs/runs.ts";
import { startRunWorker } from "./runs/start-run-worker.ts";
import { openStore } from "./store/open-store.ts";
import type { FleetSummary } from "./store/store.ts";
import { createTrainer, type TrainerCounts, type TrainerEvents, trainerLink, trainerWill } from "./trainer.ts";

export type RunTrainerOptions = TrainerEvents & {
  readonly fleet: string;
  /** URL of the broker. */
  readonly broker: string;
  /** How the trainer proves to it who it is, and the group in which it shares samples. @default what stands in the URL, if anything */
  readonly credentials?: Credentials;
  /** A SQLite file, made when it is not there, or the `postgres://` address of a database that several trainers may share. */
  readonly file: string;
  /** Stable, one per trainer of a fleet. @default "trainer-1" */
  readonly id?: string;
  /** How long to wait for a broker at the start. @default 10 */
  readonly connectSeconds?: Seconds;
  /**
   * Where the HTTP API listens; nowhere when it is left out. Who has one of `tokens` may change things; reading takes one beyond loopback,
   * and there too with `guardReading`. `hosts` are names, besides `localhost` and addresses, by which it may be called.
   */
  readonly http?: {
    readonly port: number;
    readonly host?: string;
    readonly tokens?: HttpTokens;
    readonly guardReading?: boolean;
    readonly hosts?: readonly string[];
  };
  /** In whose name updates and leases are signed. @default this trainer leads no rollouts, and works on no runs */
  readonly signer?: Signer;
  /** Runs that it works on at a time: while one waits for its device, another computes. @default 4 */
  readonly runsAtOnce?: number;
  /** Samples, labels and reports older than this are deleted, every hour. @default all are kept */
  readonly keepDays?: number;
  /** Tells Home Assistant of the devices, on the same broker, as this version of this program. */
  readonly homeAssistant?: { readonly version: string; readonly prefix?: string };
  /** Lines of JSON on standard output. @default "silent" */
  readonly log?: LogLevel;
  /** Called with the address of the HTTP API before `onReady`, where there is one. */
  readonly onApi?: (address: string) => void;
  /** Called once it listens. */
  readonly onReady?: () => void;
};

const hour = Seconds(3600);
const dayMilliseconds = 24 * 3600 * 1000;

/**
 * Runs a trainer until the signal fires, and gives what it counted and what its store holds.
 *
 * @throws StoreFailedError when the store cannot be opened
 * @throws BrokerUnreachableError when no broker answers within `connectSeconds`
 * @throws AbortedError when the signal fires before a broker answered
 */
export async function runTrainer(
  options: RunTrainerOptions,
  signal: AbortSignal,
): Promise<{ counts: TrainerCounts; summary: FleetSummary }> {
  const { fleet, broker, file, id = "trainer-1", http, log = "silent", onReady, connectSeconds = Seconds(10) } = options;
  const { homeAssistant, keepDays } = options;
  const prefix = homeAssistant?.prefix === undefined ? {} : { prefix: homeAssistant.prefix };
  const stream = createEventStream();
  const told = combineEvents(options, logEvents({ level: log, trainer: id, fleet }), {
    onProgress: (device, data) => stream.publish({ kind: "progress", device, data }),
    onStatus: (device, data) => stream.publish({ kind: "status", device, data }),
    onSamples: (data) => stream.publish({ kind: "samples", data }),
    onRollout: (rollout, data) => stream.publish({ kind: "rollout", rollout, data }),
    onRun: (run, data) => stream.publish({ kind: "run", run, data }),
    onCommit: ({ batch: { births, reported }, seconds }) => {
      metrics.observeCommit(seconds);
      if (reported !== undefined && reported.size > 0) leader?.wake();
      for (const [device, birth] of births) void tellHome(device, birth);
    },
  });

  const will = trainerWill(fleet, id);
  await using store = await openStore(file);
  const clientId = clientIdOf({ fleet, trainer: id });
  const { credentials } = options;
  const proof = credentials !== undefined && { credentials };
  await using connection = connectMqtt(broker, { clientId, will, ...trainerLink, ...proof, onTrouble: told.onTrouble });
  const group = credentials?.group;
  const trainer = createTrainer({ ...told, fleet, id, store, connection, ...(group !== undefined && { group }) });
  const health = { isBrokerConnected: () => connection.connected, isStoreFailing: () => trainer.trouble() !== undefined };
  const metrics = createMetrics({
    ...health,
    counts: () => trainer.counts(),
    devices: () => store.devices(fleet),
    rollouts: () => store.rollouts.led(fleet),
    runs: () => store.runs.counts(fleet),
  });
  const { onTrouble, onRollout, onRun } = told;
  const { signer } = options;
  await using leader = signer && leadRollouts({ fleet, id, store, connection, signer, onRollout, onTrouble });
  const pace = options.runsAtOnce === undefined ? {} : { runsAtOnce: options.runsAtOnce };
  await using worker =
    signer && (await startRunWorker({ ...pace, fleet, worker: id, place: file, store, connection, signer, onTrouble, onRun }));
  const now = (): number => systemClock.now();
  const runs = createRuns({ fleet, store, now, ...(worker !== undefined && { queue: worker.queue }) });
  const shown = { ...health, ...http, fleet, store, metrics, events: stream, runs, now };
  await using api = createApi({ ...shown, onRollout: () => leader?.wake() });

  const announcer = createAnnouncer({ connection, clock: systemClock, random: Math.random, ...prefix });
  /** The words of a device's answers are those that it says, or else those of the parameter set that it works with. */
  const tellHome = async (device: string, birth: Birth): Promise<void> => {
    if (homeAssistant === undefined) return;
    const { sha256 } = birth.parameters;
    const kept = sha256 === undefined ? undefined : await store.parameterSet(fleet, sha256).catch(() => undefined);
    const set = kept === undefined ? undefined : await openParameterSet(kept.bytes);
    const classes = birth.classes ?? (set?.ok === true ? set.value.set.classes : []);
    await announcer.announce(discoveryOf({ fleet, device, birth, classes, ...homeAssistant }));
  };

  const forget = async (days: number): Promise<void> => {
    while (!signal.aborted) {
      await store
        .prune(fleet, Math.floor(systemClock.now() - days * dayMilliseconds))
        .catch((error: Error) => told.onTrouble(error.message));
      await systemClock.sleep(hour, signal).catch(() => undefined);
    }
  };

  if (keepDays !== undefined) void forget(keepDays);
  if (homeAssistant !== undefined) await announcer.start();
  await trainer.start();
  leader?.start();
  worker?.start();
  if (http !== undefined) options.onApi?.(await api.listen(http));
  await connection.whenConnected(connectSeconds, signal);
  onReady?.();
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  announcer.stop();
  await leader?.stop();
  await worker?.stop();
  await trainer.stop();
  return { counts: trainer.counts(), summary: await store.summary(fleet) };
}
