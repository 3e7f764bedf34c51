import type { Call, Measured, Revision, SelfLearningSystem } from "@ohmwork/core";
import { createFakeClock, type FakeClock } from "@ohmwork/core/testing";
import {
  createFakeBroker,
  createFakeDisk,
  createFakeLearner,
  type FakeConnection,
  type FakeDisk,
} from "@ohmwork/runtime/testing";
import {
  createReassembler,
  createSigner,
  decode,
  encode,
  hashOfPorts,
  hashOfValues,
  type Lease,
  longestMessageBytes,
  messages,
  type Reported,
  type Respond,
  type Responded,
  type Signed,
  type Signer,
  signLease,
  topicOf,
  trustKeys,
} from "@ohmwork/wire";
import { type Agent, createAgent } from "../agent.ts";
import type { Device } from "../device.ts";
import { openSlotStore, type SlotStore } from "../slots/slot-store.ts";

/** Wall-clock time at which a bench begins [ms since 1970]. */
export const benchStart = 1_790_000_000_000;
export const benchTrainer: Signer = await createSigner(new Uint8Array(32).fill(1));

const portsHash = await hashOfPorts(createFakeLearner().ports);
const topics = {
  respond: topicOf({ kind: "respond", fleet: "home", device: "d1" }),
  responded: topicOf({ kind: "responded", fleet: "home", device: "d1" }),
  reported: topicOf({ kind: "reported", fleet: "home", device: "d1" }),
};

/** The fake learner, with every call noted and what a test puts in the way of one. */
export type WatchedSystem = SelfLearningSystem & {
  readonly programs: Float32Array[];
  readonly calls: string[];
  beforeProgram?: () => Promise<void>;
  beforeRespond?: (call: Call | undefined) => Promise<void>;
  afterRespond?: (measured: Measured) => Measured;
};

export function watchedSystem(): WatchedSystem {
  const system = createFakeLearner();
  const watched: WatchedSystem = {
    ...system,
    programs: [],
    calls: [],
    program: async (values, call): Promise<Revision> => {
      await watched.beforeProgram?.();
      watched.programs.push(values.slice());
      return system.program(values, call);
    },
    respond: async (inputs, call) => {
      watched.calls.push(call?.id ?? "");
      await watched.beforeRespond?.(call);
      const measured = await system.respond(inputs, call);
      return watched.afterRespond?.(measured) ?? measured;
    },
  };
  return watched;
}

/** An agent with a device that does not learn by itself, and a trainer at the other side of a broker in memory. */
export type LeaseBench = {
  readonly agent: Agent;
  readonly connection: FakeConnection;
  readonly trainer: FakeConnection;
  readonly system: WatchedSystem;
  readonly slots: SlotStore;
  readonly disk: FakeDisk;
  readonly clock: FakeClock;
  readonly troubles: string[];
  /** All answers so far, in their order. */
  readonly answers: Responded[];
  /** Sends a request; answers with what comes back for it. */
  readonly ask: (respond: Respond) => Promise<Responded>;
  readonly reported: () => Reported | undefined;
  /** Where the wipers stand. */
  readonly values: () => Promise<number[]>;
  /** Waits until they stand there. */
  readonly standsAt: (values: readonly number[]) => Promise<void>;
};

export type LeaseBenchOptions = {
  readonly disk?: FakeDisk;
  readonly boot?: string;
  readonly system?: WatchedSystem;
  readonly device?: (system: WatchedSystem) => Device;
  /** Whose leases count. @default benchTrainer */
  readonly signers?: readonly Signer[];
  readonly isClockSynchronised?: boolean;
};

export async function createLeaseBench(options: LeaseBenchOptions = {}): Promise<LeaseBench> {
  const { disk = createFakeDisk(), boot = "b1", system = watchedSystem(), signers = [benchTrainer] } = options;
  const broker = createFakeBroker();
  const connection = broker.connect();
  const trainer = broker.connect();
  const clock = createFakeClock(benchStart);
  const troubles: string[] = [];
  const slots = openSlotStore(disk.folder, (message) => troubles.push(message));
  const device = options.device?.(system) ?? { fleet: "home", id: "d1", system, systemName: "fake learner" };
  const agent = createAgent({
    device,
    boot,
    connection,
    clock,
    updates: { slots, keys: await trustKeys(signers.map(({ publicKey }) => publicKey)) },
    isClockSynchronised: () => options.isClockSynchronised ?? true,
    onTrouble: (message) => troubles.push(message),
  });
  await agent.start();
  const values = async (): Promise<number[]> => Array.from((await system.parameters()).values);
  const answers: Responded[] = [];
  const waiting: { readonly request: string; readonly take: (answer: Responded) => void }[] = [];
  const parts = createReassembler();
  const take = (payload: Uint8Array): void => {
    const answer = decode("responded", payload, longestMessageBytes);
    if (!answer.ok) return;
    answers.push(answer.value);
    const first = waiting.findIndex(({ request }) => request === answer.value.request);
    if (first >= 0) waiting.splice(first, 1)[0]?.take(answer.value);
  };
  await trainer.subscribe(topics.responded, (_, payload) => take(payload));
  await trainer.subscribe(`${topics.responded}/part/+`, async (_, payload) => {
    const whole = await parts.accept("d1", payload, 0);
    if (whole.ok && whole.value !== undefined) take(whole.value);
  });
  return {
    agent,
    connection,
    trainer,
    system,
    slots,
    disk,
    clock,
    troubles,
    answers,
    ask: async (respond) => {
      const answered = Promise.withResolvers<Responded>();
      waiting.push({ request: respond.request, take: answered.resolve });
      await trainer.publish(topics.respond, encode("respond", respond), messages.respond);
      return answered.promise;
    },
    reported: () => {
      const reported = decode("reported", broker.retained(topics.reported) ?? new Uint8Array(0));
      return reported.ok ? reported.value : undefined;
    },
    values,
    standsAt: (wanted) => until(async () => (await values()).join() === wanted.join()),
  };
}

/** A lease of the bench's device for a minute, within −0.5 to 0.5. */
export async function leaseOf(changes: Partial<Lease> = {}, signer: Signer = benchTrainer): Promise<Signed> {
  const lease: Lease = {
    fleet: "home",
    device: "d1",
    run: "run-1",
    sequence: 1,
    ports: portsHash,
    low: Float32Array.of(-0.5, -0.5),
    high: Float32Array.of(0.5, 0.5),
    signedAt: benchStart,
    expires: benchStart + 60_000,
    ...changes,
  };
  return signLease(lease, signer);
}

/** A request of one row at weights of 0.25, under lease 1 of run-1, which it brings along. */
export async function requestOf(changes: Partial<Respond> = {}): Promise<Respond> {
  const values = changes.values ?? Float32Array.of(0.25, 0.25);
  return {
    request: "q-1",
    run: "run-1",
    lease: 1,
    grant: await leaseOf(),
    parameters: await hashOfValues(values),
    values,
    inputs: Float32Array.of(1, 2),
    rows: 1,
    expires: benchStart + 60_000,
    ...changes,
  };
}

/** The same request without what the device has seen. */
export function shortOf(whole: Respond, request: string): Respond {
  const { grant: _, values: __, ...respond } = whole;
  return { ...respond, request };
}

/** Waits for what other threads take part in: signatures and hashes are worked out there. A test that waits in vain runs into its own limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => void setTimeout(resolve, 1));
}

/** Lets happen what is due without the passing of time, to see that nothing does. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => void setTimeout(resolve, 1));
}
