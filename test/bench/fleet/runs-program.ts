import { Seconds } from "@ohmwork/core";
import { connectMqtt, systemClock } from "@ohmwork/runtime";
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
export type RunsState = {
  /** Runs that made a commit. */
  readonly going: number;
  /** Steps of all runs. */
  readonly steps: number;
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
const steps = new Map<string, number>();
const troubles: string[] = [];
let looked = thread.utilisation();
let started: { readonly runs: ReturnType<typeof createRuns>; readonly devices: () => Promise<number> } | undefined;

offer<RunsProgram>({
  key: async () => Buffer.from(signer.publicKey).toString("hex"),
  start: async ({ broker, file, runsAtOnce }) => {
    const store = await openStore(file);
    const link = { clientId: clientIdOf({ fleet, trainer: id }), will: trainerWill(fleet, id), ...trainerLink };
    const connection = connectMqtt(broker, link);
    await createTrainer({ id, fleet, store, connection }).start();
    await connection.whenConnected(Seconds(20));
    const queue = await openRunQueue(file, { fleet, clock: systemClock });
    const onTrouble = (message: string): void => void troubles.push(message);
    const onRun = (run: string, { state, progress }: { state: string; progress?: { steps: number } }): void => {
      if (progress !== undefined) steps.set(run, progress.steps);
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
      going: steps.size,
      steps: steps.values().reduce((sum, one) => sum + one, 0),
      busy,
      troubles: troubles.splice(0).slice(0, 5),
    };
  },
});
