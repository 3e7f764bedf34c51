import { createRandom, type Random, Seconds } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { createSigner, encode, hashOfValues, type Lease, messages, type Respond, type Signed } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { benchStart, createLeaseBench, leaseOf, requestOf, settle, shortOf, until } from "../testing/lease-bench.ts";

const stranger = await createSigner(new Uint8Array(32).fill(2));
const hour = 3_600_000;

/** The command that ends the lease of run-1, ready to be published. */
const releasing = [
  "ohmwork/v1/home/d1/command/release",
  encode("command", { request: "c-1", by: "t1", arguments: { run: "run-1" }, expires: benchStart + hour }),
  messages.command,
] as const;

/** A bit of a lease's signature or of what was signed, set otherwise. */
function damaged(one: Signed, part: "payload" | "signature", random: Random): Signed {
  const bytes = Uint8Array.from(one[part]);
  const bit = random.below(8 * bytes.length);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return { ...one, [part]: bytes };
}

type Bad = { readonly reason: string; readonly make: (random: Random) => Promise<Partial<Respond>> };

/** A request under lease 6, as the matrix changes it. */
const leased = async (changes: Partial<Lease>): Promise<Partial<Respond>> => ({
  grant: await leaseOf({ sequence: 6, ...changes }),
  lease: changes.sequence ?? 6,
});
const valued = async (values: Float32Array): Promise<Partial<Respond>> => ({
  ...(await leased({})),
  values,
  parameters: await hashOfValues(values),
});

/** Every way in which a request must not move a wiper of a device that trusts lease 5, which has ended. */
const bad: Readonly<Record<string, Bad>> = {
  "without a lease": { reason: "no-lease", make: async () => ({ lease: 6 }) },
  "under the lease that has ended": { reason: "lease-ended", make: async () => leased({ sequence: 5 }) },
  "under a lease by a stranger": {
    reason: "unsigned",
    make: async () => ({ grant: await leaseOf({ sequence: 6 }, stranger), lease: 6 }),
  },
  "under a lease by a stranger in the trainer's name": {
    reason: "unsigned",
    make: async () => ({ grant: { ...(await leaseOf({ sequence: 6 }, stranger)), key: (await leaseOf()).key }, lease: 6 }),
  },
  "under a lease with a damaged payload": {
    reason: "unsigned",
    make: async (random) => ({ grant: damaged(await leaseOf({ sequence: 6 }), "payload", random), lease: 6 }),
  },
  "under a lease with a damaged signature": {
    reason: "unsigned",
    make: async (random) => ({ grant: damaged(await leaseOf({ sequence: 6 }), "signature", random), lease: 6 }),
  },
  "under a lease for another fleet": { reason: "foreign", make: () => leased({ fleet: "away" }) },
  "under a lease for another device": { reason: "foreign", make: () => leased({ device: "d2" }) },
  "under a lease for other ports": { reason: "wrong-ports", make: () => leased({ ports: "0".repeat(64) }) },
  "under a lease for another number of parameters": {
    reason: "wrong-ports",
    make: () => leased({ low: new Float32Array(3), high: new Float32Array(3) }),
  },
  "under an older lease": { reason: "older", make: (random) => leased({ sequence: 1 + random.below(4) }) },
  "under another lease of the same number": { reason: "conflicting", make: () => leased({ sequence: 5, run: "run-9" }) },
  "under a lease that expired": {
    reason: "expired",
    make: (random) => leased({ signedAt: benchStart - hour, expires: benchStart - random.below(hour - 1) }),
  },
  "under a lease of the future": {
    reason: "not-yet",
    make: (random) => leased({ signedAt: benchStart + hour + random.below(hour), expires: benchStart + 2 * hour }),
  },
  "of another run than its lease": { reason: "no-lease", make: async () => ({ ...(await leased({})), run: "run-9" }) },
  "of another number than its lease": { reason: "no-lease", make: async () => ({ ...(await leased({})), lease: 7 }) },
  "with values outside the lease": {
    reason: "out-of-range",
    make: (random) => valued(Float32Array.of(0.25, 0.501 + random.uniform())),
  },
  "with values outside the ports, which the lease allows": {
    reason: "out-of-range",
    make: async (random) => ({
      ...(await valued(Float32Array.of(1.001 + random.uniform(), 0))),
      ...(await leased({ low: Float32Array.of(-9, -9), high: Float32Array.of(9, 9) })),
    }),
  },
  "with a value that is no number": { reason: "out-of-range", make: () => valued(Float32Array.of(Number.NaN, 0)) },
  "with too few values": { reason: "out-of-range", make: () => valued(Float32Array.of(0.25)) },
  "with other values than it says": {
    reason: "wrong-values",
    make: async () => ({ ...(await leased({})), values: Float32Array.of(0.125, 0.125) }),
  },
  "that nobody waits for": { reason: "expired", make: async () => ({ ...(await leased({})), expires: benchStart - 1 }) },
  "with an input outside its window": {
    reason: "out-of-range",
    make: async (random) => ({ ...(await leased({})), inputs: Float32Array.of(1, 5.001 + random.uniform()) }),
  },
  "with half a row": { reason: "invalid", make: async () => ({ ...(await leased({})), inputs: Float32Array.of(1) }) },
  "with more rows than may come at once": {
    reason: "out-of-range",
    make: async () => ({ ...(await leased({})), inputs: new Float32Array(34), rows: 17 }),
  },
};

describe("a request that must not move anything", () => {
  it.for(Object.entries(bad))("%s is refused, with the reason", async ([what, { reason, make }], context) => {
    const seed = testSeed(5);
    const random = createRandom(seed, "bad requests");
    const count = scaled(1000);
    const bench = await createLeaseBench();
    const first = await requestOf({ lease: 5, grant: await leaseOf({ sequence: 5 }) });
    expect(await bench.ask(first)).toMatchObject({ ok: true });
    expect(await bench.trainer.publish(...releasing)).toBe(true);
    await bench.standsAt([0, 0]);
    const programs = bench.system.programs.length;
    for (let i = 0; i < count; i += 1) {
      const { grant: _, ...request } = await requestOf({ request: `q-${i + 2}` });
      expect(await bench.ask({ ...request, ...(await make(random)) })).toMatchObject({ ok: false, reason, boot: "b1" });
      expect(await bench.values()).toEqual([0, 0]);
      expect(bench.system.programs.length).toBe(programs);
      expect(bench.system.calls.length).toBe(1);
    }
    recordGuarantee(context, { guarantee: "P7", fault: `a request ${what}`, count, seed });
  });
  it("would move wipers if the guard were not there: the bench can tell", async (context) => {
    const bench = await createLeaseBench({ signers: [stranger] });
    expect(await bench.ask(await requestOf({ grant: await leaseOf({}, stranger) }))).toMatchObject({ ok: true });
    expect(await bench.values()).toEqual([0.25, 0.25]);
    recordGuarantee(context, {
      guarantee: "P7",
      fault: "a request under a lease by a stranger whose key is trusted",
      count: 1,
      unguarded: true,
    });
  });
  it("whatever the bytes", async () => {
    const bench = await createLeaseBench();
    const programs = bench.system.programs.length;
    const random = createRandom(6, "bytes");
    for (let i = 0; i < scaled(2000); i += 1) {
      const bytes = Uint8Array.from({ length: 1 + random.below(60) }, () => random.below(256));
      for (const topic of ["respond", "respond/part/0"])
        await bench.trainer.publish(`ohmwork/v1/home/d1/${topic}`, bytes, { qos: 1, retain: false });
    }
    await settle();
    expect(bench.answers).toEqual([]);
    expect(bench.system.programs.length).toBe(programs);
  });
});

describe("requests under a lease", () => {
  it("are answered with what was measured at the values they name, which travel once", async () => {
    const bench = await createLeaseBench();
    const first = await requestOf();
    const { parameters } = first;
    expect(await bench.ask(first)).toEqual({
      request: "q-1",
      run: "run-1",
      boot: "b1",
      ok: true,
      parameters,
      revision: expect.any(Number),
      measured: { outputs: Float32Array.of(0.75) },
      rows: 1,
    });
    const more = { ...shortOf(first, "q-2"), inputs: Float32Array.of(1, 1, 2, 2), rows: 2 };
    expect(await bench.ask(more)).toMatchObject({ ok: true, measured: { outputs: Float32Array.of(0.5, 1) } });
    const other = { ...shortOf(first, "q-3"), parameters: await hashOfValues(Float32Array.of(0.125, 0)) };
    expect(await bench.ask(other)).toMatchObject({ ok: false, reason: "unknown-values" });
    expect(await bench.ask({ ...other, values: Float32Array.of(0.125, 0) })).toMatchObject({ ok: true });
    expect(await bench.ask(shortOf(first, "q-4"))).toMatchObject({ ok: true, measured: { outputs: Float32Array.of(0.75) } });
    expect(bench.system.calls).toEqual(["q-1", "q-2", "q-3", "q-4"]); // the request keys the noise
    expect(bench.system.programs.slice(1)).toEqual(
      [
        [0.25, 0.25],
        [0.125, 0],
        [0.25, 0.25],
      ].map((one) => Float32Array.from(one)),
    );
  });

  it("are measured once however often they come, also when the answer was lost", async () => {
    const bench = await createLeaseBench();
    const request = await requestOf();
    const all = await Promise.all([bench.ask(request), bench.ask(request)]);
    expect(await bench.ask(request)).toEqual(all[0]);
    expect(bench.answers.length).toBe(3);
    expect(new Set(bench.answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(bench.system.calls).toEqual(["q-1"]);
  });

  it("wait for each other, are answered in their order, and not too many of them", async () => {
    const bench = await createLeaseBench();
    const first = await requestOf();
    const gate = Promise.withResolvers<void>();
    bench.system.beforeRespond = () => gate.promise;
    const asked = Array.from({ length: 9 }, (_, i) => bench.ask(i === 0 ? first : shortOf(first, `q-${i + 1}`)));
    expect(await asked[8]).toMatchObject({ ok: false, reason: "busy" });
    gate.resolve();
    await Promise.all(asked);
    expect(bench.answers.slice(1).map(({ request }) => request)).toEqual([
      "q-1",
      "q-2",
      "q-3",
      "q-4",
      "q-5",
      "q-6",
      "q-7",
      "q-8",
    ]);
    expect(bench.answers.slice(1).every(({ ok }) => ok)).toBe(true);
  });

  it("say what went wrong, and the next one is measured at values that were programmed again", async () => {
    const bench = await createLeaseBench();
    const first = await requestOf();
    bench.system.afterRespond = (measured) => ({ ...measured, revision: (measured.revision + 1) as typeof measured.revision });
    expect(await bench.ask(first)).toMatchObject({ ok: false, reason: "board-reset" });
    delete bench.system.afterRespond;
    const programs = bench.system.programs.length;
    expect(await bench.ask(first)).toMatchObject({ ok: true });
    expect(bench.system.programs.length).toBe(programs + 1);
    bench.system.beforeRespond = () => Promise.reject(new RangeError("The board is gone"));
    const failed = await bench.ask(shortOf(first, "q-2"));
    expect(failed).toMatchObject({ ok: false, reason: "failed", detail: "The board is gone" });
  });

  it("that are being measured end with the lease", async () => {
    const bench = await createLeaseBench();
    bench.system.beforeRespond = (call) =>
      new Promise((_, reject) => {
        call?.signal?.addEventListener("abort", () => reject(new RangeError("Cut short")));
      });
    const asked = bench.ask(await requestOf());
    await until(() => bench.system.calls.length > 0);
    await bench.clock.advance(Seconds(60));
    expect(await asked).toMatchObject({ ok: false, reason: "lease-ended" });
    await bench.standsAt([0, 0]);
  });

  it("are answered in parts where one message is too short", async () => {
    const bench = await createLeaseBench();
    bench.system.afterRespond = (measured) => ({ ...measured, powerWatts: new Float32Array(100_000).fill(0.5) });
    const answer = await bench.ask(await requestOf());
    expect(answer).toMatchObject({ ok: true, powerWatts: { length: 100_000 } });
    bench.system.afterRespond = (measured) => ({ ...measured, powerWatts: new Float32Array(3_000_000) });
    expect(await bench.ask(shortOf(await requestOf(), "q-2"))).toMatchObject({ ok: false, reason: "too-large" });
  });

  it("are refused by a device that lost what it had trusted and does not know the time, until somebody says so", async () => {
    const before = await createLeaseBench();
    await before.ask(await requestOf());
    for (const name of ["ledger-a", "ledger-b"]) before.disk.folder.remove(name);
    before.disk.folder.write("slot-a", new Uint8Array(3));
    const bench = await createLeaseBench({ disk: before.disk, isClockSynchronised: false });
    expect(bench.troubles[0]).toContain("nothing signed is taken until the clock is synchronised");
    expect(await bench.ask(await requestOf())).toMatchObject({ ok: false, reason: "forgotten" });
    bench.slots.trustAgain();
    expect(await bench.ask(await requestOf())).toMatchObject({ ok: true });
  });
});
