import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Clock, type PhysicalSystem, Seconds } from "@ohmwork/core";
import { connectMqtt, openOnnxRuntime, startEmbeddedBroker, systemClock } from "@ohmwork/runtime";
import { createShg, realisticShgGap } from "@ohmwork/systems";
import { createSigner, openParameterSet, type Signer } from "@ohmwork/wire";
import { openRunQueue } from "../runs/queue/open-run-queue.ts";
import type { RunQueue } from "../runs/queue/run-queue.ts";
import type { RunSpec } from "../runs/run.ts";
import { runWorker, type RunWorkerOptions } from "../runs/run-worker.ts";
import { createRuns, type Runs } from "../runs/runs.ts";
import type { TrainRun } from "../runs/training/train-run.ts";
import { trainRun } from "../runs/training/train-run.ts";
import { openStore } from "../store/open-store.ts";
import type { TrainerStore } from "../store/store.ts";
import { type DeviceHost, type DeviceHostOptions, startDeviceHost } from "./device-host.ts";

/** A worker of the bench. */
export type BenchWorker = {
  /** Ends as a process does that is asked to. */
  readonly stop: () => Promise<void>;
  /** Neither it nor what it says gets any further, until it is let go on. */
  readonly freeze: () => void;
  readonly thaw: () => void;
};

type BenchWorkerOptions = Partial<Pick<RunWorkerOptions, "train" | "limitSeconds" | "runsAtOnce">> & {
  readonly name?: string;
  /** What its wall clock is ahead by [ms]. @default 0 */
  readonly skewMilliseconds?: number;
  /** Called around each commit that it makes. */
  readonly onCommit?: (when: "before" | "after", worker: BenchWorker) => void;
  /** Called before each question that it sends. */
  readonly onQuestion?: (worker: BenchWorker) => void;
};

/** One device far away, a store, a queue, and as many workers as a test starts. */
export interface RunsBench extends AsyncDisposable {
  readonly runs: Runs;
  readonly store: TrainerStore;
  readonly signer: Signer;
  readonly host: DeviceHost;
  readonly train: TrainRun;
  startWorker(options?: BenchWorkerOptions): Promise<BenchWorker>;
  /** Another device of the fleet. */
  addDevice(device: string, options?: Partial<DeviceHostOptions>): Promise<DeviceHost>;
  setOnline(device: string, state: "online" | "offline"): Promise<void>;
  /** Waits until a run is in one of these states. */
  until(run: string, ...states: readonly string[]): Promise<void>;
  /** Values of the sets that a run came to, layer by layer. */
  valuesOf(run: string): Promise<readonly (readonly number[])[]>;
}

/** A training that takes about a second: 64 digits through the crystal. */
export const shortRun: RunSpec = {
  task: "digits",
  system: "shg",
  rule: "pat",
  seed: 1,
  rows: 64,
  epochs: 3,
  commitEvery: 1,
  devices: { crystal: "crystal-1" },
};

/** Time goes so much faster here, so that leases end while a test runs. */
const haste = 30;
const fleet = "home";

/** The crystal of a bench: the same call gives the same bits, in whatever order calls come. */
export const createCrystal = (seed = 3): PhysicalSystem => createShg({ seed, gap: { ...realisticShgGap, drift: 0 } });

const hastened = (skew: number): Clock => ({
  now: () => systemClock.now() + skew,
  monotonic: () => Seconds(systemClock.monotonic() * haste),
  sleep: (delay, signal) => systemClock.sleep(Seconds(delay / haste), signal),
});

/** @param place of the store @default a SQLite file that goes with the bench */
export async function openRunsBench(place?: string): Promise<RunsBench> {
  await using opened = new AsyncDisposableStack();
  const broker = opened.use(await startEmbeddedBroker({ port: 0 }));
  const signer = await createSigner(new Uint8Array(32).fill(7));
  const file = join(mkdtempSync(join(tmpdir(), "ohmwork-runs-")), "trainer.sqlite");
  opened.defer(() => rm(dirname(file), { recursive: true, force: true }));
  const where = place ?? file;
  const store = opened.use(await openStore(where));
  // Leases in the queue go by the wall clock of each worker, which goes as fast as its monotonic one.
  const openQueue = (skew: number): Promise<RunQueue> => {
    const start = systemClock.now();
    const now = (): number => start + skew + (systemClock.now() - start) * haste;
    return openRunQueue(where, { fleet, clock: { ...hastened(skew), now } });
  };
  const queue = opened.use(await openQueue(0));
  const runtime = await openOnnxRuntime({ threads: 1 });
  const train: TrainRun = (job, hooks) => trainRun(job, hooks, runtime);

  const setOnline = async (device: string, state: "online" | "offline"): Promise<void> => {
    const statuses = new Map([[device, { state, boot: "host" }]]);
    await store.commit(fleet, { receivedAt: 1, births: new Map(), statuses, progress: [], samples: [] });
  };
  const hosts: DeviceHost[] = [];
  const addDevice: RunsBench["addDevice"] = async (device, options = {}) => {
    const system = createCrystal();
    const host = await startDeviceHost({ broker: broker.url, fleet, device, system, keys: [signer.publicKey], ...options });
    hosts.push(host);
    await store.commit(fleet, {
      receivedAt: 1,
      births: new Map([[device, host.birth]]),
      statuses: new Map([[device, { state: "online", boot: "host" }]]),
      progress: [],
      samples: [],
    });
    return host;
  };
  const host = await addDevice("crystal-1");
  const workers: BenchWorker[] = [];

  const startWorker: RunsBench["startWorker"] = async (options = {}) => {
    const { name = `w${workers.length + 1}`, skewMilliseconds = 0, onCommit, onQuestion, ...more } = options;
    let gate: PromiseWithResolvers<void> | undefined;
    const passed = async <T>(work: () => Promise<T>): Promise<T> => {
      await gate?.promise;
      const result = await work();
      await gate?.promise;
      return result;
    };
    const own = await openQueue(skewMilliseconds);
    const connection = connectMqtt(broker.url, { clientId: name });
    const stop = new AbortController();
    const worker: BenchWorker = {
      freeze: () => (gate ??= Promise.withResolvers<void>()),
      thaw: () => {
        gate?.resolve();
        gate = undefined;
      },
      stop: async () => {
        worker.thaw();
        stop.abort();
        await running;
        await own[Symbol.asyncDispose]();
        await connection.close();
      },
    };
    const runs = through(store.runs, passed);
    const commit: typeof runs.commit = async (...args) => {
      onCommit?.("before", worker);
      await runs.commit(...args);
      onCommit?.("after", worker);
      await gate?.promise;
    };
    const publish: typeof connection.publish = async (...args) => {
      onQuestion?.(worker);
      return passed(() => connection.publish(...args));
    };
    const running = runWorker(
      {
        fleet,
        worker: name,
        store: { ...through(store, passed), runs: { ...runs, commit } },
        queue: through(own, passed),
        connection: Object.create(connection, { publish: { value: publish } }) as typeof connection,
        signer,
        train,
        clock: hastened(skewMilliseconds),
        // What is computed in this process holds up the word that a worker is there.
        mostAttempts: 1000,
        ...more,
      },
      stop.signal,
    );
    workers.push(worker);
    return worker;
  };

  const until: RunsBench["until"] = async (run, ...states) => {
    for (;;) {
      const { state } = (await store.runs.read(fleet, run)) ?? { state: "none" };
      if (states.includes(state)) return;
      await systemClock.sleep(Seconds(0.02));
    }
  };
  const kept = opened.move();
  return {
    runs: createRuns({ fleet, store, queue, now: () => systemClock.now() }),
    store,
    signer,
    host,
    train,
    startWorker,
    addDevice,
    setOnline,
    until,
    valuesOf: async (run) => {
      const { parameters = [] } = (await store.runs.read(fleet, run))?.result ?? {};
      const sets = await Promise.all(parameters.map(({ sha256 }) => store.parameterSet(fleet, sha256)));
      const read = await Promise.all(sets.map((set) => openParameterSet(set?.bytes ?? new Uint8Array(0))));
      return read.map((set) => (set.ok ? [...set.value.set.values] : []));
    },
    [Symbol.asyncDispose]: async () => {
      for (const worker of workers) await worker.stop();
      for (const one of hosts) await one[Symbol.asyncDispose]();
      await kept.disposeAsync();
    },
  };
}

/** The same object, each of whose methods passes through a gate. */
function through<T extends object>(target: T, passed: <R>(work: () => Promise<R>) => Promise<R>): T {
  const entries = Object.entries(target).map(([name, value]: [string, unknown]) => {
    if (typeof value !== "function") return [name, value];
    return [name, (...args: unknown[]) => passed(() => Reflect.apply(value, target, args) as Promise<unknown>)];
  });
  return { ...target, ...(Object.fromEntries(entries) as Partial<T>) };
}
