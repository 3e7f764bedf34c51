import type { Ports } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../codec.ts";
import type { Respond } from "../messages/steering.ts";
import { checkLease, checkLeased, type LeaseContext, type LeaseRefusal, type LeaseVerdict } from "./check-lease.ts";
import { checkRespond, type RespondContext, type RespondRefusal } from "./check-respond.ts";
import { type Lease, longestLeaseMilliseconds, openLease, signLease } from "./lease.ts";
import { hashOfPorts, hashOfValues } from "./parameter-set.ts";
import { createSigner } from "./signer.ts";
import { signUpdate } from "./update.ts";
import { trustKeys } from "./verify-signed.ts";

const now = 1_790_000_000_000;
const ports: Ports = {
  inputs: [{ name: "in", unit: "V", size: 2, min: 0, max: 0.5 }],
  parameters: [{ name: "wipers", unit: "Ω", size: 3, min: 100, max: 100_000 }],
  outputs: [{ name: "out", unit: "V", size: 1, min: 0, max: 0.5 }],
};
const portsHash = await hashOfPorts(ports);
const signer = await createSigner(new Uint8Array(32).fill(1));
const stranger = await createSigner(new Uint8Array(32).fill(2));
const trusted = await trustKeys([signer.publicKey]);
const lease: Lease = {
  fleet: "home",
  device: "ear-1",
  run: "run-1",
  sequence: 5,
  ports: portsHash,
  low: Float32Array.of(1000, 1000, 500),
  high: Float32Array.of(2000, 2000, 500),
  signedAt: now,
  expires: now + 60_000,
};
const context: LeaseContext = {
  fleet: "home",
  device: "ear-1",
  parameters: ports.parameters,
  portsHash,
  trusted: { number: 4, digest: "0".repeat(64) },
  now,
  clockSynchronised: true,
  lastSignedAt: 0,
  sinceLastSigned: 0,
};

async function judge(changes: Partial<Lease> = {}, more: Partial<LeaseContext> = {}, by = signer): Promise<LeaseVerdict> {
  const opened = await openLease(await signLease({ ...lease, ...changes }, by), trusted);
  if (opened.ok) return checkLease(opened.value, { ...context, ...more });
  return { verdict: "refused", reason: opened.reason, detail: opened.detail };
}

describe("checkLease()", () => {
  it("accepts a good one, for as long as it was made and no longer", async () => {
    expect(await judge()).toMatchObject({
      verdict: "accepted",
      trusted: { number: 5 },
      lastSignedAt: now,
      milliseconds: 60_000,
    });
    expect(await judge({}, { now: now + 20_000 })).toMatchObject({ milliseconds: 40_000 });
    expect(await judge({}, { now: now - 600_000 })).toMatchObject({ milliseconds: 60_000 });
    expect(await judge({}, { now: 0, clockSynchronised: false })).toMatchObject({ milliseconds: 60_000 });
  });
  it("knows the one it holds", async () => {
    const first = await judge();
    expect(await judge({}, { trusted: (first as { trusted: { number: number; digest: string } }).trusted })).toEqual({
      verdict: "known",
    });
  });
  // Each is accepted without its fault (the test above), so each stands for the guard against it.
  it.each<[string, LeaseRefusal, Partial<Lease>, Partial<LeaseContext>]>([
    ["for another device", "foreign", { device: "ear-2" }, {}],
    ["for another fleet", "foreign", { fleet: "work" }, {}],
    ["older", "older", { sequence: 3 }, {}],
    ["as new as the one that is held, but another", "conflicting", { sequence: 4 }, {}],
    ["expired", "expired", {}, { now: now + 60_000 }],
    ["expired by the last signature", "expired", {}, { now: 0, clockSynchronised: false, lastSignedAt: now + 60_000 }],
    [
      "expired by monotonic time",
      "expired",
      {},
      { now: 0, clockSynchronised: false, lastSignedAt: now, sinceLastSigned: 60_000 },
    ],
    ["what may be old, as far as is known", "forgotten", {}, { forgotten: true, clockSynchronised: false }],
    ["signed in the future", "not-yet", {}, { now: now - 1_200_001 }],
    ["for other ports", "wrong-ports", { ports: "0".repeat(64) }, {}],
    ["for another number of parameters", "wrong-ports", { low: new Float32Array(2), high: new Float32Array(2) }, {}],
  ])("refuses what is %s", async (_, reason, changes, more) => {
    expect(await judge(changes, more)).toMatchObject({ verdict: "refused", reason });
  });
  it("refuses a lease by a stranger, and an update in its place", async () => {
    expect(await judge({}, {}, stranger)).toMatchObject({ verdict: "refused", reason: "unsigned" });
    const update = await signUpdate(
      {
        fleet: "home",
        target: { device: "ear-1" },
        version: 1,
        set: new Uint8Array(0),
        discardLocal: false,
        requires: [],
        signedAt: now,
        expires: now + 1,
      },
      signer,
    );
    expect(await openLease(update, trusted)).toMatchObject({ ok: false, reason: "unsigned" });
  });
  it.each<[string, Partial<Lease>]>([
    ["lasts longer than an hour", { expires: now + longestLeaseMilliseconds + 1 }],
    ["ends before it begins", { expires: now }],
    ["has a window upside down", { low: Float32Array.of(3000, 1000, 500) }],
    ["has a window of no number", { low: Float32Array.of(Number.NaN, 1000, 500) }],
    ["has windows of different lengths", { low: Float32Array.of(1000, 1000) }],
  ])("is never asked about one that %s", async (_, changes) => {
    await expect(signLease({ ...lease, ...changes }, signer)).rejects.toThrow(/^Lease does not fit: /);
  });
});

describe("checkLeased()", () => {
  it.each([
    [[1000, 2000, 500], true],
    [[999, 1500, 500], false],
    [[1500, 2001, 500], false],
    [[1500, 1500, 501], false],
    [[1500, Number.NaN, 500], false],
    [[1500, 1500], false],
    [[1500, 1500, 500, 500], false],
  ])("says of %j: %j", (parameters, ok) => {
    expect(checkLeased(lease, Float32Array.from(parameters)).ok).toBe(ok);
  });
});

describe("checkRespond()", async () => {
  const values = Float32Array.of(1500, 1500, 500);
  const outside = Float32Array.of(1500, 1500, 501);
  const respond: Respond = {
    request: "q-1",
    run: "run-1",
    lease: 5,
    grant: await signLease(lease, signer),
    parameters: await hashOfValues(values),
    values,
    inputs: Float32Array.of(0, 0.5, 0.25, 0.25),
    rows: 2,
    expires: now + 1000,
  };
  const held: RespondContext = { ...context, ports, largestBatch: 2, lease, known: () => undefined };
  it("gives what to measure at, sent now or before, after the way over the wire", async () => {
    const arrived = decode("respond", encode("respond", respond));
    expect(arrived).toEqual({ ok: true, value: respond });
    expect(await checkRespond(respond, held)).toEqual({ ok: true, value: values });
    const { values: _, ...short } = respond;
    expect(await checkRespond(short, { ...held, known: (hash) => (hash === respond.parameters ? values : undefined) })).toEqual({
      ok: true,
      value: values,
    });
    expect(await checkRespond(short, held)).toMatchObject({ ok: false, reason: "unknown-values" });
  });
  const { lease: _, ...noLease } = held;
  const wide = { ...lease, low: Float32Array.of(0, 0, 0), high: Float32Array.of(1e6, 1e6, 1e6) };
  const beyondPorts = Float32Array.of(1500, 1500, 99);
  const beyond = { values: beyondPorts, parameters: await hashOfValues(beyondPorts) };
  it.each<[string, RespondRefusal, Partial<Respond>, RespondContext]>([
    ["without a lease", "no-lease", {}, noLease],
    ["under another lease", "no-lease", { lease: 4 }, held],
    ["of another run", "no-lease", { run: "run-2" }, held],
    ["too late", "expired", { expires: now }, held],
    ["with rows cut short", "invalid", { inputs: Float32Array.of(0, 0, 0) }, held],
    ["with no row", "invalid", { rows: 0, inputs: new Float32Array(0) }, held],
    ["with too many rows", "out-of-range", {}, { ...held, largestBatch: 1 }],
    ["with an input outside its window", "out-of-range", { inputs: Float32Array.of(0, 0, 0, 0.6) }, held],
    ["with an input that is no number", "out-of-range", { inputs: Float32Array.of(0, 0, 0, Number.NaN) }, held],
    ["with other values than it says", "wrong-values", { values: values.with(0, 1501) }, held],
    ["with values outside the lease", "out-of-range", { values: outside, parameters: await hashOfValues(outside) }, held],
    ["with values that the lease allows and the ports do not", "out-of-range", beyond, { ...held, lease: wide }],
  ])("moves nothing for a request %s", async (_name, reason, changes, more) => {
    expect(await checkRespond({ ...respond, ...changes }, more)).toMatchObject({ ok: false, reason });
  });
});
