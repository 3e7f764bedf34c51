import { Seconds } from "@ohmwork/core";
import { connectMqtt, type MqttConnection, systemClock } from "@ohmwork/runtime";
import {
  createRuns,
  createTrainer,
  openRunQueue,
  openStore,
  openTrainingThread,
  type RunSpec,
  runWorker,
  trainerLink,
  trainerWill,
} from "@ohmwork/trainer";
import { clientIdOf, createSigner } from "@ohmwork/wire";
import { offer } from "./program.ts";

/** How far the runs are. */
type RunsState = {
  /** Runs that made a commit. */
  readonly going: number;
  /** Measurements that came back from devices. */
  readonly answers: number;
  /** Since the last look, how much of the time the thread that trains had something to compute. */
  readonly busy: number;
  readonly troubles: readonly string[];
};

export type RunsProgram = {
  /** Gives the public key of who leases the devices, in hexadecimal. */
  readonly key: () => Promise<string>;
  readonly start: (given: { readonly broker: string; readonly file: string; readonly runsAtOnce: number }) => Promise<void>;
  /** Begins a run for each of the first so many devices of a swarm. */
  readonly begin: (given: { readonly devices: number; readonly spec: Omit<RunSpec, "devices"> }) => Promise<void>;
  /** Devices of the fleet that are there. */
  readonly devices: () => Promise<number>;
  readonly state: () => RunsState;
};

// A trainer of the fleet "bench" that works on runs, with what a benchmark wants to know of it.

const fleet = "bench";
const id = "t1";
const signer = await createSigner(new Uint8Array(32).fill(7));
const thread = openTrainingThread();
const going = new Set<string>();
let answers = 0;
const troubles: string[] = [];
let looked = thread.utilisation();
let started: { readonly runs: ReturnType<typeof createRuns>; readonly devices: () => Promise<number> } | undefined;

offer({
  key: async () => Buffer.from(signer.publicKey).toString("hex"),
  start: async ({ broker, file, runsAtOnce }) => {
    const store = await openStore(file);
    const link = { clientId: clientIdOf({ fleet, trainer: id }), will: trainerWill(fleet, id), ...trainerLink };
    const linked = connectMqtt(broker, link);
    const connection: MqttConnection = {
      ...linked,
      get connected() {
        return linked.connected;
      },
      subscribe: (filter, handler, how) => {
        if (!filter.endsWith("/responded")) return linked.subscribe(filter, handler, how);
        const counted: typeof handler = (topic, payload) => {
          answers += 1;
          return handler(topic, payload);
        };
        return linked.subscribe(filter, counted, how);
      },
    };
    await createTrainer({ id, fleet, store, connection }).start();
    await connection.whenConnected(Seconds(20));
    const queue = await openRunQueue(file, { fleet, clock: systemClock });
    const onTrouble = (message: string): void => void troubles.push(message);
    const onRun = (run: string, { state, progress }: { state: string; progress?: object }): void => {
      if (progress !== undefined) going.add(run);
      else if (state !== "running") troubles.push(`A run is ${state}`);
    };
    const { train } = thread;
    const worker = {
      fleet,
      worker: id,
      store,
      queue,
      connection,
      signer,
      train,
      clock: systemClock,
      runsAtOnce,
      onRun,
      onTrouble,
    };
    void runWorker(worker, new AbortController().signal);
    started = {
      runs: createRuns({ fleet, store, queue, now: () => systemClock.now() }),
      devices: async () => (await store.devices(fleet)).filter(({ online, birth }) => online && birth !== undefined).length,
    };
  },
  begin: async ({ devices, spec }) => {
    for (let n = 1; n <= devices; n += 1) await started?.runs.start({ ...spec, devices: { crystal: `swarm-${n}` } });
  },
  devices: async () => (await started?.devices()) ?? 0,
  state: () => {
    const now = thread.utilisation();
    const { utilization: busy } = thread.utilisation(looked);
    looked = now;
    return {
      going: going.size,
      answers,
      busy,
      troubles: troubles.splice(0).slice(0, 5),
    };
  },
} satisfies RunsProgram);
