import { createRandom, type Random } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import type { Reported } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { commandRollout, type RolloutCommand } from "./command-rollout.ts";
import { beginRollout, type Rollout, type RolloutPlan, type Target, waveSizes } from "./rollout.ts";
import { type RolloutMoment, stepRollout } from "./step-rollout.ts";

const plan: RolloutPlan = {
  waves: [{ devices: 2 }, { share: 0.5 }],
  successShare: 1,
  errorShare: 0,
  inFlight: 10,
  approval: false,
  timeoutSeconds: 60,
  discardLocal: false,
  evidence: { samples: 0 },
};
const [fresh, old] = ["f".repeat(64), "0".repeat(64)];
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `d${i}`);
const begin = (count: number, more: Partial<RolloutPlan> = {}): Rollout => {
  const targets = names(count).map((device) => ({ device, set: fresh }));
  return beginRollout("r1", { ...plan, ...more }, targets, { at: 0, by: "ada" });
};

/** What devices said last, to be set by a test. */
class Devices {
  readonly said = new Map<string, Reported>();
  readonly lastVersions = new Map<string, number>();
  hasSet = true;
  at(at: number): RolloutMoment {
    return {
      at,
      seen: (device) => {
        const reported = this.said.get(device);
        return { lastVersion: this.lastVersions.get(device) ?? 0, ...(reported !== undefined && { reported }) };
      },
      hasSet: () => this.hasSet,
    };
  }
  answer({ device, version = 0 }: Target, more: Partial<Reported> & Pick<Reported, "state">, current = fresh): void {
    const trusted = Math.max(version, this.said.get(device)?.trusted ?? 0);
    this.said.set(device, {
      boot: "b",
      version,
      rollout: "r1",
      trusted,
      current: { sha256: current, origin: "update" },
      ...more,
    });
  }
}
const target = ({ targets }: Rollout, device: string): Target => targets.find((one) => one.device === device) as Target;
const phases = ({ targets }: Rollout): string => targets.map(({ phase }) => phase).join(" ");
const say = (rollout: Rollout, what: RolloutCommand["what"], at: number, more: Partial<RolloutCommand> = {}): Rollout =>
  commandRollout(rollout, { what, by: "ada", at, ...more });

/** Steps, and has everybody who was sent something say that it is good, until nothing changes. */
function allGood(rollout: Rollout, devices: Devices, at: number): Rollout {
  let next = stepRollout(rollout, devices.at(at));
  for (const one of next.targets) {
    if (one.phase === "sent") devices.answer(one, { state: "good" });
    if (one.phase === "returning") devices.answer(one, { state: "good" }, old);
  }
  next = stepRollout(next, devices.at(at));
  return phases(next) === phases(rollout) ? next : allGood(next, devices, at);
}

describe("waveSizes()", () => {
  it("gives each wave somebody, and who is left a wave of their own", () => {
    expect(waveSizes(100, [{ devices: 1 }, { share: 0.1 }])).toEqual([1, 10, 89]);
    expect(waveSizes(3, [{ share: 0.01 }, { devices: 9 }, { devices: 9 }])).toEqual([1, 2]);
    expect(waveSizes(5, [])).toEqual([5]);
    expect(() => waveSizes(0, [])).toThrow(RangeError);
  });
});

describe("stepRollout()", () => {
  it("opens a wave when the one before is good, and ends when all are", () => {
    const devices = new Devices();
    let rollout = stepRollout(begin(6), devices.at(1));
    expect(phases(rollout)).toBe("sent sent waiting waiting waiting waiting");
    devices.answer(target(rollout, "d0"), { state: "good" });
    devices.answer(target(rollout, "d1"), { state: "probation" }, old);
    rollout = stepRollout(rollout, devices.at(2));
    expect(phases(rollout)).toBe("good sent waiting waiting waiting waiting");
    rollout = allGood(rollout, devices, 3);
    expect(rollout).toMatchObject({ phase: "done", wave: 2 });
    expect(rollout.history.map(({ what }) => what)).toEqual(["started", "opened", "opened", "done"]);
    expect(stepRollout(rollout, devices.at(9e9))).toBe(rollout);
  });

  it("stops at the first failure too many, takes back what was not answered, and hears late answers", () => {
    const devices = new Devices();
    let rollout = stepRollout(begin(6, { waves: [] }), devices.at(1));
    devices.answer(target(rollout, "d3"), { state: "rolled-back", reason: "worse", detail: "It was 1, it is 0" }, old);
    rollout = stepRollout(rollout, devices.at(2));
    expect(rollout.phase).toBe("stopped");
    expect(rollout.history.at(-1)).toEqual({ at: 2, by: "trainer", what: "stopped", detail: "1 of 6 devices of wave 1 failed" });
    expect(phases(rollout)).toBe("withdrawn withdrawn withdrawn failed withdrawn withdrawn");
    expect(target(rollout, "d3")).toMatchObject({ reason: "worse", detail: "It was 1, it is 0", told: true });
    expect(target(rollout, "d0").told).toBe(false);
    devices.answer(target(rollout, "d0"), { state: "good" });
    rollout = stepRollout(rollout, devices.at(3));
    expect(phases(rollout)).toBe("good withdrawn withdrawn failed withdrawn withdrawn");

    const resumed = stepRollout(say(rollout, "resume", 4), devices.at(4));
    expect(phases(resumed)).toBe("good sent sent failed sent sent");
    expect(target(resumed, "d1").version).toBe(2);
    expect(allGood(resumed, devices, 5).phase).toBe("done");
    const retried = stepRollout(say(rollout, "resume", 4, { retry: true }), devices.at(4));
    expect(target(retried, "d3")).toMatchObject({ phase: "sent", version: 2, aside: false });
  });

  it("stops when all have answered and too few are good", () => {
    const devices = new Devices();
    let rollout = stepRollout(begin(6, { waves: [{ devices: 4 }], successShare: 0.8, errorShare: 0.5 }), devices.at(1));
    for (const device of ["d0", "d1", "d2"]) devices.answer(target(rollout, device), { state: "good" });
    devices.answer(target(rollout, "d3"), { state: "refused", reason: "wrong-parent" }, old);
    rollout = stepRollout(rollout, devices.at(2));
    expect(rollout.history.at(-1)?.detail).toBe("Only 3 of 4 devices of wave 1 are good");
    expect(stepRollout(say(rollout, "resume", 3), devices.at(3))).toMatchObject({ phase: "running", wave: 1 });
  });

  it("takes silence for a failure, an answer that comes after all for what it says, and a newer version for being overtaken", () => {
    const devices = new Devices();
    devices.said.set("d1", { boot: "b", state: "refused", reason: "unsigned", trusted: 0 });
    let rollout = stepRollout(begin(3, { waves: [], errorShare: 1, successShare: 0 }), devices.at(0));
    devices.answer(target(rollout, "d2"), { state: "good", version: 7, trusted: 7, rollout: "other" });
    rollout = stepRollout(rollout, devices.at(59_999));
    expect(phases(rollout)).toBe("sent sent failed");
    expect(target(rollout, "d2")).toMatchObject({ reason: "overtaken", detail: "It trusts version 7 now, and was sent 1" });
    rollout = stepRollout({ ...rollout, phase: "running" }, devices.at(60_000));
    expect(target(rollout, "d1")).toMatchObject({
      phase: "failed",
      reason: "no-answer",
      detail: "Nothing came within 60 s; what it said last: refused, unsigned",
      told: false,
    });
    expect(rollout.phase).toBe("done");
    const late = begin(2, { waves: [], errorShare: 0 });
    let slow = stepRollout(stepRollout(late, devices.at(0)), devices.at(60_000));
    expect(slow.phase).toBe("stopped");
    devices.answer(target(slow, "d0"), { state: "good" });
    slow = stepRollout(slow, devices.at(70_000));
    expect(target(slow, "d0")).toMatchObject({ phase: "good", told: true });
  });

  it("waits for a person before each wave but the first where that is asked for", () => {
    const devices = new Devices();
    let rollout = allGood(begin(6, { approval: true }), devices, 1);
    expect(rollout).toMatchObject({ phase: "awaiting", wave: 0 });
    expect(phases(rollout)).toBe("good good waiting waiting waiting waiting");
    rollout = allGood(say(rollout, "approve", 2), devices, 3);
    expect(rollout).toMatchObject({ phase: "awaiting", wave: 1 });
    expect(rollout.history.find(({ what }) => what === "opened")).toMatchObject({ by: "ada" });
    expect(() => say(rollout, "resume", 2)).toThrow("Rollout r1 is awaiting: resume is for one that is stopped");
  });

  it("gives every device a version that it never had", () => {
    const devices = new Devices();
    devices.lastVersions.set("d0", 4);
    devices.said.set("d1", { boot: "b", state: "none", trusted: 9 });
    const rollout = stepRollout(begin(3, { waves: [] }), devices.at(1));
    expect(rollout.targets.map(({ version }) => version)).toEqual([5, 10, 1]);
  });

  it("sends nothing to who has the set already, and no more at once than may be in flight", () => {
    const devices = new Devices();
    devices.said.set("d0", { boot: "b", state: "none", trusted: 3, current: { sha256: fresh, origin: "update" } });
    let rollout = stepRollout(begin(5, { waves: [], inFlight: 2 }), devices.at(1));
    expect(phases(rollout)).toBe("good sent sent waiting waiting");
    devices.answer(target(rollout, "d1"), { state: "good" });
    rollout = stepRollout(rollout, devices.at(2));
    expect(phases(rollout)).toBe("good good sent sent waiting");
  });

  it("gives back what was there before, but not over what was learned since, nor what nobody has", () => {
    const devices = new Devices();
    for (const device of names(4)) {
      if (device !== "d3")
        devices.said.set(device, { boot: "b", state: "none", trusted: 0, current: { sha256: old, origin: "local" } });
    }
    let rollout = allGood(begin(4, { waves: [] }), devices, 1);
    expect(rollout.phase).toBe("done");
    devices.answer(target(rollout, "d1"), { state: "good" }, "1".repeat(64));
    rollout = stepRollout(say(rollout, "rollback", 2, { why: "noise at night" }), devices.at(2));
    expect(phases(rollout)).toBe("returning kept returning kept");
    expect(rollout.targets.map(({ version, reason }) => reason ?? version)).toEqual([2, "changed-since", 2, "no-earlier-set"]);
    rollout = allGood(rollout, devices, 3);
    expect(rollout).toMatchObject({ phase: "returned" });
    expect(rollout.history.at(-1)).toMatchObject({ detail: "2 returned, 2 kept" });

    const lost = allGood(begin(1), Object.assign(new Devices(), { said: new Map() }), 1);
    const gone = new Devices();
    gone.hasSet = false;
    gone.answer(target(lost, "d0"), { state: "good" });
    const stuck = stepRollout(say({ ...lost, targets: [{ ...target(lost, "d0"), previous: old }] }, "rollback", 5), gone.at(5));
    expect(stuck).toMatchObject({ phase: "returned", targets: [{ phase: "kept", reason: "unknown-set" }] });
  });

  it("returns who took the set late, when a rollout is rolled back that was under way", () => {
    const devices = new Devices();
    devices.said.set("d0", { boot: "b", state: "none", trusted: 0, current: { sha256: old, origin: "update" } });
    let rollout = stepRollout(begin(1), devices.at(0));
    rollout = stepRollout(say(rollout, "rollback", 1), devices.at(1));
    expect([rollout.phase, phases(rollout)]).toEqual(["returning", "withdrawn"]);
    devices.answer(target(rollout, "d0"), { state: "good" });
    rollout = allGood(rollout, devices, 2);
    expect([rollout.phase, phases(rollout)]).toEqual(["returned", "returned"]);
  });
});

/** A fleet beside the rollout that counts for itself what reached it. */
type Fleet = {
  readonly exposed: Set<string>;
  readonly bad: ReadonlySet<string>;
  readonly answers: Map<string, [at: number, Target]>;
};

/** Runs to its end, with delays, losses and a trainer that dies after every step; stops counting when nothing happens any more. */
function run(first: Rollout, fleet: Fleet, random: Random): { rollout: Rollout; answeredAtStop: number } {
  const devices = new Devices();
  let rollout = first;
  let answered = 0;
  let answeredAtStop = 0;
  for (let at = 0; at < 3_000_000 && rollout.phase === "running"; at += 1000) {
    for (const [device, [due, sent]] of fleet.answers) {
      if (due > at) continue;
      fleet.answers.delete(device);
      answered += 1;
      if (fleet.bad.has(device)) devices.answer(sent, { state: "rolled-back", reason: "worse" }, old);
      else devices.answer(sent, { state: "good" });
    }
    rollout = JSON.parse(JSON.stringify(stepRollout(rollout, devices.at(at)))) as Rollout; // all it knows is in the store
    answeredAtStop = answered;
    rollout = {
      ...rollout,
      targets: rollout.targets.map((one) => {
        if (one.told || one.phase !== "sent") return one;
        // A device that gets the same again answers as it did before.
        if (!fleet.exposed.has(one.device)) fleet.answers.set(one.device, [at + 500 + random.uniform() * 30_000, one]);
        fleet.exposed.add(one.device);
        return random.uniform() < 0.9 ? { ...one, told: true } : one; // died before it wrote that down: it is sent again
      }),
    };
  }
  return { rollout, answeredAtStop };
}

describe("P9: a rollout stops itself", () => {
  const count = 1000;
  const seeds = scaled(50);
  const waves = [{ devices: 10 }, { share: 0.1 }, { share: 0.3 }];
  const sizes = waveSizes(count, waves);

  it(`exposes no more than its waves and what is in flight, with ${seeds} seeds`, (context) => {
    let most = 0;
    const firstSeed = testSeed(0);
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      const random = createRandom(seed, "a rollout with bad devices");
      const inFlight = 5 + Math.floor(random.uniform() * 60);
      const wave = seed % sizes.length;
      const share = 0.15 + 0.8 * random.uniform();
      const before = sizes.slice(0, wave).reduce((sum, size) => sum + size, 0);
      const size = sizes[wave] as number;
      const inWave = names(count).slice(before, before + size);
      const bad = new Set(inWave.filter((_, i) => random.uniform() < share || i === 0));
      const fleet = { exposed: new Set<string>(), bad, answers: new Map() };
      const limits = { waves, inFlight, successShare: 0.95, errorShare: 0.05 };
      const { rollout, answeredAtStop } = run(begin(count, limits), fleet, random);
      const what = `seed ${seed}, ${bad.size} of ${size} bad in wave ${wave + 1}, ${inFlight} in flight`;
      expect(rollout.phase, what).toBe("stopped");
      expect(fleet.exposed.size, what).toBeLessThanOrEqual(before + size);
      expect(fleet.exposed.size, what).toBeLessThanOrEqual(answeredAtStop + inFlight);
      const exposedBad = [...bad].filter((device) => fleet.exposed.has(device)).length;
      expect(exposedBad, what).toBeLessThanOrEqual(Math.floor(0.05 * size) + 1 + inFlight);
      most = Math.max(most, exposedBad);
    }
    recordGuarantee(context, {
      guarantee: "P9",
      fault: `bad devices in one wave of a rollout to ${count}, and a trainer that dies between its steps`,
      count: seeds,
      seed: firstSeed,
      measured: { "bad devices that were exposed in one rollout, at the most": most },
    });
  });

  it("reaches everybody when nothing says stop", (context) => {
    const random = createRandom(1, "a rollout without limits");
    const fleet = { exposed: new Set<string>(), bad: new Set(names(count).slice(10, 200)), answers: new Map() };
    const { rollout } = run(begin(count, { waves, inFlight: 50, successShare: 0, errorShare: 1 }), fleet, random);
    expect([rollout.phase, fleet.exposed.size]).toEqual(["done", count]);
    const fault = "the same without thresholds: everybody is exposed";
    recordGuarantee(context, { guarantee: "P9", fault, count: 1, seed: 1, unguarded: true });
  });
});
