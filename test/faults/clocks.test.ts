import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgent, openSlotStore } from "@ohmwork/agent";
import { type Clock, createRandom, type Random, Seconds } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { systemClock } from "@ohmwork/runtime";
import { createFakeBroker, createFakeDisk } from "@ohmwork/runtime/testing";
import { createTrainer, openStore } from "@ohmwork/trainer";
import {
  createSigner,
  decode,
  encode,
  hashOfPorts,
  messages,
  type Reported,
  sealParameterSet,
  signUpdate,
  trustKeys,
} from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createSumDevice } from "../fleet/sum-device.ts";

const hour = 3_600_000;
const day = 24 * hour;
const century = 100 * 365 * day;

/** Shows another year at each look, 1970 among them; only what has passed can be told from it. */
function lunaticClock(random: Random): Clock & { pass: (milliseconds: number) => void } {
  let passed = 0;
  return {
    now: () => (random.below(4) === 0 ? random.below(day) : Math.floor(century * random.uniform())),
    monotonic: () => Seconds(systemClock.monotonic() + passed / 1000),
    sleep: (delay, signal) => systemClock.sleep(delay, signal),
    pass: (milliseconds) => void (passed += milliseconds),
  };
}

describe("where no clock is right", { timeout: 600_000 }, () => {
  it("samples keep their order and their number, and updates are in time by signatures and by what has passed", async (context) => {
    const seed = testSeed(41);
    const random = createRandom(seed, "clocks");
    const signer = await createSigner(new Uint8Array(32).fill(5));
    const keys = await trustKeys([signer.publicKey]);
    const runs = scaled(100);
    let judged = 0;
    for (let run = 0; run < runs; run += 1) {
      const broker = createFakeBroker();
      const operator = broker.connect();
      await using store = await openStore(join(mkdtempSync(join(tmpdir(), "ohmwork-clocks-")), "trainer.sqlite"));
      const trainer = createTrainer({
        id: "t1",
        fleet: "home",
        store,
        connection: broker.connect(),
        clock: lunaticClock(random),
        batchSeconds: Seconds(0.001),
      });
      await trainer.start();
      const clock = lunaticClock(random);
      const device = createSumDevice();
      const slots = openSlotStore(createFakeDisk().folder);
      const agent = createAgent({ device, boot: "b1", connection: broker.connect(), clock, updates: { slots, keys } });
      await agent.start();
      onTestFinished(() => trainer.stop());
      onTestFinished(() => agent.stop(Seconds(0)));
      const outcomes = new Map<number, Reported>();
      await operator.subscribe("ohmwork/v1/home/d1/reported", (_, payload) => {
        const reported = decode("reported", payload);
        if (reported.ok && reported.value.version !== undefined) outcomes.set(reported.value.version, reported.value);
      });
      await agent.learn();
      expect(await agent.drained(Seconds(20))).toBe(true);
      const produced = agent.outbox().oldest - 1;
      const kept = await store.samples("home", { limit: 10_000 });
      expect(kept.map(({ sample }) => sample.id)).toEqual(Array.from({ length: produced }, (_, i) => `b1-${i + 1}`));
      expect(new Set(kept.map(({ sample }) => sample.at)).size).toBeGreaterThan(produced / 2); // the clock did jump

      const ports = await hashOfPorts(device.system.ports);
      const begun = 1_790_000_000_000 + random.below(day);
      /** What becomes of an update whose signature says when it was made and how long it holds. */
      const send = async (version: number, signedAt: number, expires: number): Promise<Reported | undefined> => {
        const values = Float32Array.of(0.5, 0.25);
        const set = { values, encoding: "volts", classes: [], ports, twins: {}, origin: "update", madeAt: signedAt } as const;
        const { bytes } = await sealParameterSet(set);
        const target = { device: "d1" };
        const update = { fleet: "home", target, version, set: bytes, discardLocal: true, requires: [], signedAt, expires };
        await operator.publish(
          "ohmwork/v1/home/d1/desired",
          encode("desired", await signUpdate(update, signer)),
          messages.desired,
        );
        await vi.waitFor(() => expect(["good", "refused", "rolled-back"]).toContain(outcomes.get(version)?.state), {
          timeout: 10_000,
        });
        judged += 1;
        return outcomes.get(version);
      };
      expect(await send(2, begun, begun + hour)).toMatchObject({ state: "good" });
      expect(await send(1, begun + 1000, begun + hour)).toMatchObject({ state: "refused", reason: "older" });
      expect(await send(3, begun - 2 * hour, begun - hour)).toMatchObject({ state: "refused", reason: "expired" });
      expect(await send(4, begun + 60_000, begun + hour)).toMatchObject({ state: "good" });
      expect(await send(5, begun - hour, begun + 30_000)).toMatchObject({ state: "refused", reason: "expired" });
      clock.pass(2 * hour);
      expect(await send(6, begun + 120_000, begun + hour)).toMatchObject({ state: "refused", reason: "expired" });
      expect(await send(7, begun + 2 * hour, begun + 3 * hour)).toMatchObject({ state: "good" });
    }
    const measured = { "updates judged": judged };
    recordGuarantee(context, {
      guarantee: "P21",
      fault: "agent and trainer see another year at each look at the clock",
      count: runs,
      seed,
      measured,
    });
  });
});
