import { createRandom, type Random, Seconds } from "@ohmwork/core";
import { createFakeClock, recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import type { MqttConnection } from "@ohmwork/runtime";
import { createFakeBroker } from "@ohmwork/runtime/testing";
import { createSigner, decode, openUpdate, type Reported, sealParameterSet, trustKeys } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { openStore } from "../store/open-store.ts";
import type { TrainerStore } from "../store/store.ts";
import { leadRollouts } from "./lead-rollouts.ts";
import { requestSchema } from "./plan-schema.ts";
import type { RolloutStore } from "./rollout-store.ts";
import { startRollout } from "./start-rollout.ts";

const fleet = "home";
const devices = Array.from({ length: 12 }, (_, i) => `d${i}`);
const signer = await createSigner(new Uint8Array(32).fill(4));
const keys = await trustKeys([signer.publicKey]);

/** A process that does so many things more, and then nothing any more, in the middle of whatever it does. */
class Life {
  #left: number;
  constructor(left: number) {
    this.#left = left;
  }
  get isOver(): boolean {
    return this.#left <= 0;
  }
  end(): void {
    this.#left = 0;
  }
  /** Dies before or after the work is done, and never says so. */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    if (this.isOver) return new Promise(() => undefined);
    const result = await work();
    this.#left -= 1;
    return this.isOver ? new Promise(() => undefined) : result;
  }
}

function mortal(
  store: TrainerStore,
  connection: MqttConnection,
  life: Life,
): { store: TrainerStore; connection: MqttConnection } {
  const { rollouts } = store;
  const led: RolloutStore = {
    begin: (...args) => rollouts.begin(...args),
    list: (...args) => rollouts.list(...args),
    read: (...args) => rollouts.read(...args),
    led: (...args) => life.spend(() => rollouts.led(...args)),
    change: (...args) => life.spend(() => rollouts.change(...args)),
    claim: (...args) => life.spend(() => rollouts.claim(...args)),
    release: (...args) => life.spend(() => rollouts.release(...args)),
    told: (...args) => life.spend(() => rollouts.told(...args)),
  };
  return {
    store: { ...store, rollouts: led },
    connection: {
      get connected() {
        return true;
      },
      publish: (...args) => life.spend(() => connection.publish(...args)),
      subscribe: (...args) => connection.subscribe(...args),
      onConnect: (handler) => connection.onConnect(handler),
      onDisconnect: (handler) => connection.onDisconnect(handler),
      whenConnected: (...args) => connection.whenConnected(...args),
      close: () => connection.close(),
      [Symbol.asyncDispose]: () => connection.close(),
    },
  };
}

type Heard = { readonly version: number; readonly digest: string };

/** What went wrong, and how many trainers died, in one rollout. */
async function run(random: Random): Promise<{ wrong: string[]; deaths: number; phase: string; taken: number }> {
  await using store = await openStore(":memory:");
  const broker = createFakeBroker();
  const clock = createFakeClock(1_000_000);
  const values = { values: Float32Array.of(0.5), encoding: "volts", classes: [], ports: "a".repeat(64), twins: {} };
  const set = await sealParameterSet({ ...values, origin: "update", madeAt: 1 });
  await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
  const none = { births: new Map(), statuses: new Map(), progress: [], samples: [] };
  const statuses = new Map(devices.map((device) => [device, { state: "online", boot: "b" } as const]));
  await store.commit(fleet, { ...none, statuses, receivedAt: 1 });
  const targets = devices.map((device) => ({ device, set: set.id }));
  const request = requestSchema.parse({
    id: "r1",
    targets,
    waves: [{ devices: 2 }, { share: 0.4 }],
    inFlight: 4,
    timeoutSeconds: 900,
  });
  await startRollout(store, fleet, request, { at: clock.now(), by: "ada" });

  const wrong: string[] = [];
  const trusted = new Map<string, Heard>();
  const answers: { due: number; device: string; reported: Reported }[] = [];
  const listener = broker.connect();
  const hear = async (device: string, payload: Uint8Array): Promise<void> => {
    if (payload.length === 0) return void wrong.push(`${device} had its update taken back`);
    const signed = decode("desired", payload);
    const opened = signed.ok ? await openUpdate(signed.value, keys) : signed;
    if (!opened.ok) return void wrong.push(`${device}: ${opened.detail}`);
    const { digest, update, setId } = opened.value;
    const known = trusted.get(device);
    if (known?.version === update.version && known.digest !== digest) wrong.push(`${device} has two updates ${update.version}`);
    if (known !== undefined && known.version !== update.version) wrong.push(`${device} has ${known.version}, ${update.version}`);
    if (known !== undefined) return undefined;
    trusted.set(device, { version: update.version, digest });
    const current = { sha256: setId, origin: "update" } as const;
    const reported = {
      boot: "b",
      state: "good",
      version: update.version,
      rollout: "r1",
      trusted: update.version,
      current,
    } as const;
    answers.push({ due: clock.monotonic() + 1 + random.below(20), device, reported });
    return undefined;
  };
  for (const device of devices) {
    await listener.subscribe(`ohmwork/v1/home/${device}/desired`, (_, payload) => void hear(device, payload));
  }

  let deaths = -2;
  const lives: Life[] = [];
  const isDone = async (): Promise<boolean> => (await store.rollouts.read(fleet, "r1"))?.phase !== "running";
  for (let second = 0; second < 3000 && !(await isDone()); second += 1) {
    while (lives.filter(({ isOver }) => !isOver).length < 2) {
      const life = new Life(3 + random.below(40));
      lives.push(life);
      deaths += 1;
      const skew = (random.uniform() - 0.5) * 600_000; // each has a clock of its own
      const own = { ...clock, now: () => clock.now() + skew };
      leadRollouts({ fleet, id: `t${lives.length}`, ...mortal(store, broker.connect(), life), signer, clock: own }).start();
    }
    await clock.advance(Seconds(1));
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    const due = answers.filter((answer) => answer.due <= clock.monotonic());
    for (const answer of due) answers.splice(answers.indexOf(answer), 1);
    const reported = new Map(due.map((answer) => [answer.device, answer.reported]));
    if (reported.size > 0) await store.commit(fleet, { ...none, receivedAt: 1, reported });
  }
  const { phase } = (await store.rollouts.read(fleet, "r1"))!;
  for (const life of lives) life.end();
  return { wrong, deaths, phase, taken: trusted.size };
}

describe("P16: trainers that lead a rollout die at any moment", () => {
  const seeds = scaled(50);
  it(`sends each device one update, to the byte, and comes to its end, with ${seeds} seeds`, async (context) => {
    const first = testSeed(0);
    let died = 0;
    for (let seed = first; seed < first + seeds; seed += 1) {
      const { wrong, deaths, phase, taken } = await run(createRandom(seed, "leaders that die"));
      expect(wrong, `seed ${seed}`).toEqual([]);
      expect([phase, taken], `seed ${seed}, ${deaths} deaths`).toEqual(["done", devices.length]);
      died += deaths;
    }
    expect(died).toBeGreaterThan(seeds);
    const fault = "two trainers with one rollout; each dies before or after any of its calls, and is followed by another";
    recordGuarantee(context, { guarantee: "P16", fault, count: died, seed: first });
  });
});
