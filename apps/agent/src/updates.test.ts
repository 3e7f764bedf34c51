import { createRandom, type Measured, type Random, type Revision, Seconds, type SelfLearningSystem } from "@ohmwork/core";
import { createFakeClock, type FakeClock, recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { createFakeDisk, createFakeLearner, createSumTask, type FakeDisk } from "@ohmwork/runtime/testing";
import {
  createSigner,
  encode,
  hashOfPorts,
  type ParameterSet,
  type Reported,
  sealParameterSet,
  type Signed,
  signUpdate,
  trustKeys,
  type Update,
} from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { createCommitted, type Committed } from "./committed.ts";
import type { Device } from "./device.ts";
import { openSlotStore, type SlotStore } from "./slots/slot-store.ts";
import { createTrust } from "./trust.ts";
import { createUpdates, type Updates } from "./updates.ts";

const hour = 3_600_000;
const start = 1_790_000_000_000;
const trainer = await createSigner(new Uint8Array(32).fill(1));
const stranger = await createSigner(new Uint8Array(32).fill(2));
const portsHash = await hashOfPorts(createFakeLearner().ports);
const good = Float32Array.of(0.5, 0.25);

type Faults = {
  /** Measuring is faulty once so many programmings were seen. */
  after?: number;
  program?: () => Promise<void>;
  respond?: (measured: Measured) => Promise<Measured>;
};

/** The fake learner, with every programming counted and, once, faults in the way. */
function watched(faults: Faults = {}): { system: SelfLearningSystem; programs: Float32Array[]; faults: Faults } {
  const system = createFakeLearner();
  const programs: Float32Array[] = [];
  return {
    programs,
    faults,
    system: {
      ...system,
      program: async (values, call) => {
        programs.push(values.slice());
        await faults.program?.();
        return system.program(values, call);
      },
      respond: async (inputs, call) => {
        const measured = await system.respond(inputs, call);
        return faults.respond === undefined || programs.length <= (faults.after ?? 0) ? measured : faults.respond(measured);
      },
    },
  };
}

type Bench = {
  updates: Updates & Pick<Committed, "keepLearned">;
  slots: SlotStore;
  clock: FakeClock;
  disk: FakeDisk;
  programs: Float32Array[];
  faults: Faults;
  states: string[];
  values: () => Promise<number[]>;
  learn: () => Promise<void>;
  send: (signed: Signed) => Promise<Reported>;
};

async function bench(options: { disk?: FakeDisk; trustStranger?: boolean; boot?: string } = {}): Promise<Bench> {
  const { disk = createFakeDisk(), trustStranger = false, boot = "b1" } = options;
  const { system, programs, faults } = watched();
  const task = createSumTask([
    [1, 2],
    [2, 1],
    [3, 3],
  ]);
  const device: Device = {
    fleet: "home",
    id: "d1",
    groups: ["attic"],
    system,
    systemName: "fake learner",
    ruleName: "Widrow-Hoff",
    task,
    steps: 100,
    seed: 1,
  };
  const clock = createFakeClock(start);
  const slots = openSlotStore(disk.folder);
  const states: string[] = [];
  const onTrouble = (): void => undefined;
  const committed = await createCommitted({ device, slots, clock, onTrouble });
  const updates = await createUpdates({
    device,
    boot,
    slots,
    committed,
    trust: createTrust({ ledger: () => slots.ledger(), clock, isClockSynchronised: () => true }),
    clock,
    keys: await trustKeys([trainer, ...(trustStranger ? [stranger] : [])].map(({ publicKey }) => publicKey)),
    capabilities: ["learn", "update"],
    onReported: ({ state }) => states.push(state),
    onTrouble,
  });
  await updates.restore();
  return {
    updates: { ...updates, keepLearned: () => committed.keepLearned() },
    slots,
    clock,
    disk,
    programs,
    faults,
    states,
    values: async () => Array.from((await system.parameters()).values),
    learn: async () => {
      const { inputs, labels } = task.train;
      for await (const _ of system.learn(inputs, labels, { steps: 3 }));
    },
    send: async (desired) => {
      await updates.take(encode("desired", desired));
      return updates.reported();
    },
  };
}

const setOf = (changes: Partial<ParameterSet> = {}): ParameterSet => ({
  values: good,
  encoding: "volts",
  classes: [],
  ports: portsHash,
  twins: {},
  origin: "update",
  madeAt: start,
  ...changes,
});

async function signed(changes: Partial<Update> = {}, set: Partial<ParameterSet> = {}, signer = trainer): Promise<Signed> {
  const { bytes } = await sealParameterSet(setOf(set));
  const update: Update = {
    fleet: "home",
    target: { device: "d1" },
    version: 10,
    set: bytes,
    discardLocal: true,
    requires: [],
    signedAt: start - 1000,
    expires: start + hour,
    ...changes,
  };
  return signUpdate(update, signer);
}

/** A bit of a signature or of what was signed, set otherwise. */
function damaged(one: Signed, part: "payload" | "signature", random: Random): Signed {
  const bytes = Uint8Array.from(one[part]);
  const bit = random.below(8 * bytes.length);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return { ...one, [part]: bytes };
}

/** Every way in which an update must not act on a device that trusts version 5. */
const bad: Readonly<Record<string, { reason: string; make: (random: Random) => Promise<Signed> }>> = {
  "by a stranger": { reason: "unsigned", make: () => signed({}, {}, stranger) },
  "by a stranger in the trainer's name": {
    reason: "unsigned",
    make: async () => ({ ...(await signed({}, {}, stranger)), key: trainer.key }),
  },
  "with a damaged payload": { reason: "unsigned", make: async (random) => damaged(await signed(), "payload", random) },
  "with a damaged signature": { reason: "unsigned", make: async (random) => damaged(await signed(), "signature", random) },
  "for another fleet": { reason: "foreign", make: () => signed({ fleet: "away" }) },
  "for another device": { reason: "foreign", make: () => signed({ target: { device: "d2" } }) },
  "for another group": { reason: "foreign", make: () => signed({ target: { group: "cellar" } }) },
  older: { reason: "older", make: (random) => signed({ version: 1 + random.below(4) }) },
  "of the same version but different": { reason: "conflicting", make: () => signed({ version: 5 }, { encoding: "other" }) },
  expired: { reason: "expired", make: (random) => signed({ signedAt: start - hour, expires: start - random.below(hour - 1) }) },
  "of the future": {
    reason: "not-yet",
    make: (random) => signed({ signedAt: start + hour + random.below(hour), expires: start + 9 * hour }),
  },
  "that needs more than there is": { reason: "incapable", make: () => signed({ requires: ["fly"] }) },
  "for other ports": { reason: "wrong-ports", make: () => signed({}, { ports: "0".repeat(64) }) },
  "for another calibration": { reason: "wrong-calibration", make: () => signed({}, { calibration: "c-9" }) },
  "with a value beyond its port": {
    reason: "out-of-range",
    make: (random) => signed({}, { values: Float32Array.of(0.5, 1.001 + random.uniform()) }),
  },
  "with a value that is no number": {
    reason: "out-of-range",
    make: () => signed({}, { values: Float32Array.of(Number.NaN, 0) }),
  },
  "with too few values": { reason: "out-of-range", make: () => signed({}, { values: Float32Array.of(0.5) }) },
  "that would throw away what was learned": {
    reason: "wrong-parent",
    make: () => signed({ discardLocal: false }, { parent: "1".repeat(64) }),
  },
};

describe("an update that must not act", () => {
  it.for(Object.entries(bad))("%s moves no wiper, and the reason is reported", async ([what, { reason, make }], context) => {
    const device = await bench();
    expect(await device.send(await signed({ version: 5 }))).toMatchObject({ state: "good", trusted: 5 });
    const programs = device.programs.length;
    const seed = testSeed(3);
    const random = createRandom(seed, "bad updates");
    const count = scaled(1000);
    for (let i = 0; i < count; i += 1) {
      const reported = await device.send(await make(random));
      expect(reported).toMatchObject({ state: "refused", reason, trusted: 5, current: { origin: "update" } });
    }
    expect(device.programs.length).toBe(programs);
    recordGuarantee(context, { guarantee: "P7", fault: `updates: ${what}`, count, seed });
  });

  it("whatever the bytes", async () => {
    const device = await bench();
    const random = createRandom(4, "bytes");
    for (let i = 0; i < scaled(2000); i += 1) {
      await device.updates.take(Uint8Array.from({ length: 1 + random.below(60) }, () => random.below(256)));
    }
    expect(device.updates.reported().state).toBe("refused");
    expect(device.programs).toEqual([]);
  });

  it("would move wipers if the guard were not there: the bench can tell", async (context) => {
    const device = await bench({ trustStranger: true });
    expect(await device.send(await signed({}, {}, stranger))).toMatchObject({ state: "good" });
    expect(device.programs).toEqual([good]);
    recordGuarantee(context, {
      guarantee: "P7",
      fault: "an update by a stranger whose key is trusted",
      count: 1,
      unguarded: true,
    });
  });
});

const faults: Readonly<Record<string, { reason: string; set?: Partial<ParameterSet>; plant?: (device: Bench) => void }>> = {
  "is worse": { reason: "worse", set: { values: Float32Array.of(0.9, -0.4) } },
  "gives what is no number": {
    reason: "not-a-number",
    plant: (device) => {
      device.faults.respond = async (measured) => {
        measured.stages["outputs"]?.data.fill(Number.NaN);
        return measured;
      };
    },
  },
  "takes too long": {
    reason: "deadline-exceeded",
    plant: (device) => {
      device.faults.respond = async () => {
        delete device.faults.respond; // the old parameters are measured as ever
        await device.clock.advance(Seconds(61));
        return new Promise<Measured>(() => undefined);
      };
    },
  },
  "meets a board that starts anew": {
    reason: "board-reset",
    plant: (device) => {
      device.faults.respond = async (measured) => ({ ...measured, revision: (measured.revision + 1) as Revision });
    },
  },
  "cannot be programmed": {
    reason: "failed",
    plant: (device) => {
      device.faults.program = async () => {
        delete device.faults.program;
        throw new RangeError("The board does not take it");
      };
    },
  },
};

describe("an update in probation", () => {
  it.for(Object.entries(faults))("that %s is rolled back and never tried again", async ([what, fault], context) => {
    const { reason, set = {}, plant } = fault;
    const device = await bench();
    await device.send(await signed({ version: 1 }));
    for (let i = 0; i < scaled(100); i += 1) {
      delete device.faults.respond;
      const before = await device.values();
      const committed = device.slots.active()?.id;
      device.faults.after = device.programs.length;
      plant?.(device);
      const now = device.clock.now(); // some take a minute each
      const update = await signed({ version: 2 + i, signedAt: now - 1000, expires: now + hour }, set);
      const reported = await device.send(update);
      expect(reported).toMatchObject({ state: "rolled-back", reason, version: 2 + i, trusted: 2 + i });
      expect(reported.current?.sha256).toBe(committed);
      expect(await device.values()).toEqual(before);
      const programs = device.programs.length;
      expect(await device.send(update)).toEqual(reported);
      expect(device.programs.length).toBe(programs);
    }
    recordGuarantee(context, { guarantee: "P8", fault: `an update that ${what}`, count: scaled(100) });
  });

  it("that is good becomes the committed set, is said step by step, and comes back after a restart", async () => {
    const device = await bench();
    const update = await signed({ version: 3, rollout: "r-1" });
    const reported = await device.send(update);
    expect(reported).toMatchObject({ state: "good", version: 3, rollout: "r-1", current: { origin: "update" } });
    expect(reported.probe?.after).toBeLessThan(1e-6);
    expect(device.states).toEqual(["programming", "probation", "good"]);
    const later = await bench({ disk: createFakeDisk(device.disk.files()), boot: "b2" });
    expect(await later.values()).toEqual([0.5, 0.25]);
    expect(later.updates.reported()).toEqual({ ...reported, boot: "b2" });
    expect(await later.send(update)).toMatchObject({ state: "good" });
    expect(later.programs.length).toBe(1); // at its start
  });

  it("that was cut off by the end of the agent is rolled back at its next start, and never tried again", async () => {
    const device = await bench();
    await device.send(await signed({ version: 1 }));
    device.faults.after = device.programs.length;
    device.faults.respond = () => new Promise(() => undefined);
    const update = await signed({ version: 2 }, { values: Float32Array.of(0.4, 0.3) });
    void device.send(update);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(device.states.at(-1)).toBe("probation");
    const full = createFakeDisk(device.disk.files());
    full.refuse(0, 1000);
    const hindered = await bench({ disk: full, boot: "b2" });
    expect(hindered.updates.reported()).toMatchObject({ state: "rolled-back", reason: "interrupted", version: 2 });
    expect(await hindered.send(update)).toMatchObject({ state: "rolled-back", reason: "interrupted" });
    expect(await hindered.values()).toEqual([0.5, 0.25]);
    const later = await bench({ disk: createFakeDisk(full.files()), boot: "b3" });
    expect(later.updates.reported()).toMatchObject({ state: "rolled-back", reason: "interrupted", version: 2, trusted: 2 });
    expect(await later.values()).toEqual([0.5, 0.25]);
    expect(await later.send(update)).toMatchObject({ state: "rolled-back", reason: "interrupted" });
    expect(await later.values()).toEqual([0.5, 0.25]);
  });

  it("does not begin on a full disk, wherever it is full, and is taken once there is room", async (context) => {
    let points = 0;
    for (let operation = 0; operation < 40; operation += 1) {
      const device = await bench();
      await device.send(await signed({ version: 1 }, { values: Float32Array.of(0.625, 0.125) }));
      const update = await signed({ version: 2 });
      device.disk.refuse(operation, 1000);
      const before = device.disk.operations();
      const reported = await device.send(update);
      if (device.disk.operations() - before <= operation) break; // there was no such operation
      points += 1;
      const isNew = (await device.values())[0] === 0.5;
      expect(isNew).toBe(reported.state === "good");
      expect(["good", "refused"]).toContain(reported.state);
      device.disk.refuse(0, 0);
      const later = await bench({ disk: createFakeDisk(device.disk.files()), boot: "b2" });
      // A disk that refuses may have done it all the same: after a restart the old or the new holds, as it is reported.
      const isNewLater = (await later.values())[0] === 0.5;
      expect(isNewLater).toBe(later.updates.reported().state === "good" && later.updates.reported().version === 2);
      expect(isNewLater || !isNew).toBe(true);
      expect(["good", "rolled-back"]).toContain((await later.send(update)).state);
    }
    expect(points).toBeGreaterThan(8);
    recordGuarantee(context, { guarantee: "P8", fault: "the disk full in each operation of an update", count: points });
  });
});

describe("an update that cannot even be undone", () => {
  it("leaves nothing that could be taken for learned: the committed set comes back as soon as it can", async () => {
    const device = await bench();
    await device.send(await signed({ version: 1 }));
    const committed = device.slots.active()?.id;
    device.faults.after = device.programs.length;
    device.faults.respond = async () => Promise.reject(new RangeError("The board is gone"));
    const first = device.programs.length + 1;
    device.faults.program = async () => {
      if (device.programs.length > first) throw new RangeError("The board is gone");
    };
    const reported = await device.send(await signed({ version: 2 }, { values: Float32Array.of(0.9, -0.4) }));
    expect(reported).toMatchObject({ state: "refused", reason: "failed", version: 2 });
    expect((await device.values())[0]).not.toBe(0.5);
    delete device.faults.program;
    delete device.faults.respond;
    await device.updates.keepLearned();
    expect(device.slots.active()).toMatchObject({ id: committed, origin: "update" });
    expect(await device.values()).toEqual([0.5, 0.25]);
  });
});

describe("what was learned in place", () => {
  it("stays where it is when an update comes and the disk cannot keep it", async () => {
    const device = await bench();
    await device.send(await signed({ version: 1 }));
    const parent = device.updates.reported().current?.sha256 as string;
    await device.learn();
    const before = await device.values();
    const programs = device.programs.length;
    device.disk.refuse(0, 1000);
    const reported = await device.send(await signed({ version: 2, discardLocal: false }, { parent }));
    expect(reported).toMatchObject({ state: "refused", reason: "store-failed", trusted: 1 });
    expect(device.programs.length).toBe(programs);
    expect(await device.values()).toEqual(before);
    device.disk.refuse(0, 0);
    await device.updates.keepLearned();
    expect(device.slots.active()?.origin).toBe("local");
  });

  it("is not thrown away by an update that does not know of it, and is kept when one may", async () => {
    const device = await bench();
    await device.send(await signed({ version: 1 }));
    const parent = device.updates.reported().current?.sha256 as string;
    await device.updates.keepLearned();
    expect(device.updates.reported().current).toEqual({ sha256: parent, origin: "update" }); // nothing was learned
    await device.learn();
    const refused = await device.send(await signed({ version: 2, discardLocal: false }, { parent }));
    expect(refused).toMatchObject({ state: "refused", reason: "wrong-parent", current: { origin: "local" } });
    const local = refused.current?.sha256;
    expect(await device.send(await signed({ version: 2 }, { parent }))).toMatchObject({ state: "good" });
    expect(device.slots.learned()?.id).toBe(local);
  });
});
