import { Seconds } from "@ohmwork/core";
import { createFakeDisk, createSumTask } from "@ohmwork/runtime/testing";
import { encode, hashOfPorts, messages, sealParameterSet, signUpdate } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import type { LearningDevice } from "../device.ts";
import { openSlotStore } from "../slots/slot-store.ts";
import {
  benchStart,
  benchTrainer,
  createLeaseBench,
  leaseOf,
  requestOf,
  settle,
  until,
  shortOf,
  type WatchedSystem,
  watchedSystem,
} from "../testing/lease-bench.ts";

const learning = (system: WatchedSystem): LearningDevice => ({
  fleet: "home",
  id: "d1",
  system,
  systemName: "fake learner",
  ruleName: "Widrow-Hoff",
  task: createSumTask([
    [1, 2],
    [2, 1],
  ]),
  steps: 2000,
  seed: 1,
});

const updateTo = async (values: Float32Array): Promise<Uint8Array> => {
  const { bytes } = await sealParameterSet({
    values,
    encoding: "volts",
    classes: [],
    ports: await hashOfPorts(watchedSystem().ports),
    twins: {},
    origin: "update",
    madeAt: benchStart,
  });
  const terms = { version: 1, discardLocal: true, requires: [], signedAt: benchStart, expires: benchStart + 600_000 };
  return encode("desired", await signUpdate({ fleet: "home", target: { device: "d1" }, set: bytes, ...terms }, benchTrainer));
};

describe("a device under a lease", () => {
  it("stands where the run wants it, says so, and comes back when the time is over", async () => {
    const bench = await createLeaseBench();
    expect(await bench.ask(await requestOf())).toMatchObject({ ok: true, rows: 1, boot: "b1" });
    expect(await bench.values()).toEqual([0.25, 0.25]);
    expect(bench.reported()).toMatchObject({ lease: { run: "run-1", sequence: 1 }, trustedLease: 1 });
    await bench.clock.advance(Seconds(59));
    await settle();
    expect(await bench.values()).toEqual([0.25, 0.25]);
    await bench.clock.advance(Seconds(1));
    await bench.standsAt([0, 0]);
    await until(() => bench.reported()?.lease === undefined);
    expect(bench.reported()).toMatchObject({ trustedLease: 1 });
  });

  it("comes back by its own clock, without a link", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    bench.connection.cut();
    bench.clock.jump(-1e9);
    await bench.clock.advance(Seconds(60));
    await bench.standsAt([0, 0]);
    expect(bench.system.programs.length).toBe(3); // at its start, under the lease, and after it
  });

  it("comes back when the agent stops, and takes nothing more", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    await bench.agent.stop();
    expect(await bench.values()).toEqual([0, 0]);
    const grant = await leaseOf({ sequence: 2 });
    expect(await bench.ask(await requestOf({ request: "q-2", lease: 2, grant }))).toMatchObject({
      ok: false,
      reason: "lease-ended",
    });
  });

  it("is at its committed set after the end of an agent that could not say goodbye, and the lease is not taken again", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    const later = await createLeaseBench({ disk: createFakeDisk(bench.disk.files()), boot: "b2", system: bench.system });
    expect(await later.values()).toEqual([0, 0]);
    expect(await later.ask(await requestOf())).toMatchObject({ ok: false, reason: "lease-ended" });
    expect(await later.values()).toEqual([0, 0]);
    const next = await requestOf({ lease: 2, grant: await leaseOf({ sequence: 2 }) });
    expect(await later.ask(next)).toMatchObject({ ok: true, boot: "b2" });
  });

  it("goes over to the next lease of its run without moving", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    const programs = bench.system.programs.length;
    const grant = await leaseOf({ sequence: 2, signedAt: benchStart + 1, expires: benchStart + 120_000 });
    const renewed = { ...shortOf(await requestOf(), "q-2"), lease: 2, grant };
    expect(await bench.ask(renewed)).toMatchObject({ ok: true });
    expect(bench.system.programs.length).toBe(programs);
    expect(bench.reported()).toMatchObject({ lease: { sequence: 2 } });
    await bench.clock.advance(Seconds(70));
    await settle();
    expect(await bench.values()).toEqual([0.25, 0.25]);
  });

  it("leaves where the next lease does not let it stand, and where another run begins", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    const narrow = { sequence: 2, low: Float32Array.of(0, 0), high: Float32Array.of(0.125, 0.125) };
    const refused = { ...shortOf(await requestOf(), "q-2"), lease: 2, grant: await leaseOf(narrow) };
    expect(await bench.ask(refused)).toMatchObject({ ok: false, reason: "out-of-range" });
    expect(await bench.values()).toEqual([0, 0]);
    const grant = await leaseOf({ sequence: 3, run: "run-2" });
    await bench.ask(await requestOf({ request: "q-3", run: "run-2", lease: 3, grant }));
    const last = await leaseOf({ sequence: 4, run: "run-3" });
    const late = await requestOf({ request: "q-4", run: "run-3", lease: 4, grant: last, expires: 1 });
    expect(await bench.ask(late)).toMatchObject({ ok: false, reason: "expired" });
    expect(await bench.values()).toEqual([0, 0]);
  });

  it("moves nothing when the disk cannot keep what was trusted", async () => {
    const bench = await createLeaseBench();
    const programs = bench.system.programs.length;
    bench.disk.refuse(0, 1000);
    expect(await bench.ask(await requestOf())).toMatchObject({ ok: false, reason: "store-failed" });
    expect(bench.system.programs.length).toBe(programs);
    bench.disk.refuse(0, 0);
    expect(await bench.ask(await requestOf())).toMatchObject({ ok: true });
  });

  it("is brought back as soon as it can be, and nobody else has it before", async () => {
    const system = watchedSystem();
    const bench = await createLeaseBench({ system });
    await bench.ask(await requestOf());
    system.beforeProgram = async () => Promise.reject(new RangeError("The board is gone"));
    await bench.clock.advance(Seconds(60));
    await until(() => bench.troubles.length > 0);
    expect(bench.reported()).toHaveProperty("lease");
    expect(bench.troubles.at(-1)).toContain("the committed parameters are not back: The board is gone");
    delete system.beforeProgram;
    await settle(); // it sleeps
    await bench.clock.advance(Seconds(5));
    await bench.standsAt([0, 0]);
    await until(() => bench.reported()?.lease === undefined);
  });

  it("does not learn meanwhile, and comes back to what it had learned", async () => {
    const system = watchedSystem();
    const bench = await createLeaseBench({ system, device: learning });
    await bench.agent.learn();
    const learned = await bench.values();
    expect(await bench.ask(await requestOf())).toMatchObject({ ok: true });
    let done = false;
    const again = bench.agent.learn().then(() => (done = true));
    await until(() => bench.troubles.length > 0);
    await settle();
    expect(done).toBe(false);
    expect(await bench.values()).toEqual([0.25, 0.25]);
    expect(bench.troubles.filter((message) => message.includes("wait while run run-1 has the device")).length).toBe(1);
    await bench.clock.advance(Seconds(60));
    await again;
    expect(system.programs.at(-1)).toEqual(Float32Array.from(learned));
    expect((await bench.values())[0]).toBeCloseTo(0.5, 2);
  });

  it("keeps what stood there before on the disk, also where nothing was ever learned", async () => {
    const system = watchedSystem();
    const bench = await createLeaseBench({ system, device: learning });
    await system.program(Float32Array.of(0.125, -0.125));
    await bench.ask(await requestOf());
    const later = await createLeaseBench({ disk: createFakeDisk(bench.disk.files()), boot: "b2", device: learning });
    expect(await later.values()).toEqual([0.125, -0.125]);
  });

  it("keeps what stood there also where the committed set was made for another device", async () => {
    const disk = createFakeDisk();
    const { bytes, id } = await sealParameterSet({
      values: Float32Array.of(1, 1, 1),
      encoding: "volts",
      classes: [],
      ports: "0".repeat(64),
      twins: {},
      origin: "local",
      madeAt: 0,
    });
    openSlotStore(disk.folder).commitLocal({ bytes, id });
    const bench = await createLeaseBench({ disk, device: learning });
    await bench.system.program(Float32Array.of(0.125, 0));
    await bench.ask(await requestOf());
    await bench.clock.advance(Seconds(60));
    await bench.standsAt([0.125, 0]);
    expect(bench.slots.active()).toMatchObject({ origin: "local" });
    expect(bench.slots.active()?.id).not.toBe(id);
  });

  it("takes updates only when the lease is over", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    const nonsense = encode("desired", await leaseOf());
    await bench.trainer.publish("ohmwork/v1/home/d1/desired", nonsense, messages.desired);
    await settle();
    expect(bench.reported()).toMatchObject({ state: "none" });
    await bench.clock.advance(Seconds(60));
    await until(() => bench.reported()?.state === "refused");
    expect(bench.reported()).toMatchObject({ reason: "unsigned" });
  });

  it("leaves an update that waits to the next start when the agent stops", async () => {
    const bench = await createLeaseBench();
    await bench.ask(await requestOf());
    const desired = await updateTo(Float32Array.of(0.375, 0.125));
    const send = (): Promise<boolean> => bench.trainer.publish("ohmwork/v1/home/d1/desired", desired, messages.desired);
    await send();
    await settle();
    const leaving = bench.agent.stop();
    await send(); // and one that comes while it leaves
    await leaving;
    await settle();
    expect(bench.slots.ledger()).not.toHaveProperty("trusted");
    const later = await createLeaseBench({ disk: createFakeDisk(bench.disk.files()), boot: "b2", system: bench.system });
    expect(await later.values()).toEqual([0, 0]);
    await later.trainer.publish("ohmwork/v1/home/d1/desired", desired, messages.desired);
    await later.standsAt([0.375, 0.125]);
  });
});
