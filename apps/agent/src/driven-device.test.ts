import { createFakeDisk, createFakeLearner, type FakeDisk } from "@ohmwork/runtime/testing";
import { decode, encode, hashOfPorts, messages, sealParameterSet, type Signed, signUpdate, type Update } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { restingValues } from "./committed.ts";
import { benchStart, benchTrainer, createLeaseBench, type LeaseBench, requestOf, until } from "./testing/lease-bench.ts";

async function updateTo(values: readonly number[], changes: Partial<Update> = {}, parent?: string): Promise<Signed> {
  const { bytes } = await sealParameterSet({
    values: Float32Array.from(values),
    encoding: "volts",
    classes: [],
    ports: await hashOfPorts(createFakeLearner().ports),
    twins: {},
    origin: "update",
    madeAt: benchStart,
    ...(parent !== undefined && { parent }),
  });
  const update = { fleet: "home", target: { device: "d1" }, version: 1, set: bytes, discardLocal: false, requires: ["respond"] };
  return signUpdate({ ...update, signedAt: benchStart, expires: benchStart + 60_000, ...changes }, benchTrainer);
}

async function send(bench: LeaseBench, signed: Signed, version: number): Promise<void> {
  await bench.trainer.publish("ohmwork/v1/home/d1/desired", encode("desired", signed), messages.desired);
  await until(
    () => bench.reported()?.version === version && ["good", "rolled-back", "refused"].includes(bench.reported()?.state ?? ""),
  );
}

describe("a device that does not learn in place", () => {
  it("says what it is, without a rule and a task", async () => {
    const bench = await createLeaseBench();
    const born = Promise.withResolvers<Uint8Array>();
    await bench.trainer.subscribe("ohmwork/v1/home/d1/birth", (_, payload) => born.resolve(payload));
    expect(decode("birth", await born.promise)).toMatchObject({
      value: { rule: "none", task: "none", capabilities: ["update", "respond"], largestBatch: 16, repeatable: true },
    });
    await expect(bench.agent.learn()).rejects.toThrow(TypeError);
  });

  it("rests where its ports are nearest to 0, until there is a committed set", async () => {
    const bench = await createLeaseBench();
    expect(await bench.values()).toEqual([0, 0]);
    const port = { name: "p", unit: "Ω", size: 2 };
    expect(
      restingValues([
        { ...port, min: 390, max: 1e5 },
        { ...port, min: -5, max: -1 },
      ]),
    ).toEqual(Float32Array.of(390, 390, -1, -1));
  });

  it("takes updates that it can be programmed with and that give numbers, and comes back to the last one", async () => {
    const bench = await createLeaseBench();
    await send(bench, await updateTo([0.5, 0.25]), 1);
    expect(bench.reported()).toMatchObject({ state: "good", version: 1, trusted: 1 });
    expect(bench.reported()).not.toHaveProperty("probe");
    const current = bench.reported()?.current?.sha256;
    bench.system.afterRespond = (measured) => {
      measured.stages["outputs"]?.data.fill(Number.NaN);
      return measured;
    };
    await send(bench, await updateTo([0.125, 0.125], { version: 2 }, current), 2);
    expect(bench.reported()).toMatchObject({ state: "rolled-back", reason: "not-a-number", version: 2 });
    expect(await bench.values()).toEqual([0.5, 0.25]);
    delete bench.system.afterRespond;
    await bench.ask(await requestOf());
    await bench.agent.stop();
    expect(await bench.values()).toEqual([0.5, 0.25]);
    const later = await createLeaseBench({ disk: createFakeDisk(bench.disk.files()), boot: "b2" });
    expect(await later.values()).toEqual([0.5, 0.25]);
  });

  it("takes no update that may be an old one, when it lost what it trusted and does not know the time", async () => {
    const before = await createLeaseBench();
    const old = await updateTo([0.5, 0.25]);
    await send(before, old, 1);
    for (const name of ["ledger-a", "ledger-b"]) before.disk.folder.write(name, Uint8Array.of(1));
    const files = (): FakeDisk => createFakeDisk(before.disk.files());
    const bench = await createLeaseBench({ disk: files(), isClockSynchronised: false });
    await send(bench, old, 1);
    expect(bench.reported()).toMatchObject({ state: "refused", reason: "forgotten", trusted: 0 });
    expect(await bench.values()).toEqual([0, 0]);
    const synchronised = await createLeaseBench({ disk: files() });
    await send(synchronised, old, 1);
    expect(synchronised.reported()).toMatchObject({ state: "good", trusted: 1 });
  });
});
