import type { Ports } from "@ohmwork/core";
import type { Payloads } from "../message-map.ts";
import { type Lease, signLease } from "../signing/lease.ts";
import { hashOfPorts, hashOfValues, type ParameterSet, sealParameterSet } from "../signing/parameter-set.ts";
import { createSigner } from "../signing/signer.ts";
import { signUpdate, type Update } from "../signing/update.ts";

/** One message of each kind, as they could travel in one small fleet, and what is signed in them. */
export type Examples = {
  readonly payloads: Payloads;
  readonly set: ParameterSet;
  readonly update: Update;
  readonly lease: Lease;
  /** Of the key that signed. The private key is in this file for all to see: it is for examples. */
  readonly publicKey: Uint8Array;
};

const boot = "3f2a91c07b5d4e68";
const now = 1_790_000_000_000;

const ports: Ports = {
  inputs: [{ name: "features", unit: "V", size: 2, min: 0, max: 0.5 }],
  parameters: [{ name: "wipers", unit: "Ω", size: 3, min: 390, max: 100_390, levels: 128 }],
  outputs: [{ name: "classes", unit: "V", size: 2, min: 0, max: 0.5 }],
};

/** The same at every call. */
export async function createExamples(): Promise<Examples> {
  const signer = await createSigner(new Uint8Array(32).fill(7));
  const portsHash = await hashOfPorts(ports);
  const first = await sealParameterSet(setOf(portsHash, Float32Array.of(50_000, 50_000, 50_000)));
  const set = { ...setOf(portsHash, Float32Array.of(12_500, 48_000, 96_250)), parent: first.id };
  const sealed = await sealParameterSet(set);
  const update: Update = {
    fleet: "home",
    target: { device: "ear-1" },
    version: 2,
    set: sealed.bytes,
    discardLocal: false,
    requires: ["update"],
    rollout: "r-7",
    evidence: { run: "run-7", samples: 1200, score: 0.04 },
    signedAt: now,
    expires: now + 86_400_000,
  };
  const lease: Lease = {
    fleet: "home",
    device: "ear-1",
    run: "run-7",
    sequence: 3,
    ports: portsHash,
    low: Float32Array.of(10_000, 40_000, 90_000),
    high: Float32Array.of(20_000, 60_000, 100_000),
    signedAt: now,
    expires: now + 60_000,
  };
  const parameters = await hashOfValues(set.values);
  const payloads: Payloads = {
    status: { state: "online", boot },
    birth: {
      boot,
      versions: { ohmwork: "0.1.0", node: "24.21.0" },
      system: "self-learning network",
      rule: "coupled learning",
      task: "two clusters",
      ports,
      stages: [{ name: "outputs", width: 2 }],
      largestBatch: 64,
      repeatable: true,
      parameters: { revision: 1200, version: 1, sha256: first.id },
      outbox: { depth: 2, oldest: 40, dropped: 0 },
      capabilities: ["learn", "update", "respond"],
      groups: ["attic"],
    },
    answer: {
      boot,
      at: now,
      clockSynchronised: true,
      task: "two clusters",
      label: "left",
      confidence: 0.93,
      evidence: { id: `${boot}-41`, url: "https://trainer.example/samples/41" },
      version: 1,
    },
    evidence: {
      boot,
      request: "c-20",
      id: `${boot}-41`,
      at: now,
      clockSynchronised: true,
      label: "left",
      confidence: 0.93,
      wav: Uint8Array.of(0x52, 0x49, 0x46, 0x46),
      measured: { outputs: Float32Array.of(0.375, 0.0625) },
      clipped: 0,
      suspect: false,
    },
    sample: {
      boot,
      seq: 41,
      id: `${boot}-41`,
      at: now,
      clockSynchronised: true,
      task: "two clusters",
      revision: 1200,
      parameters: first.id,
      inputs: Float32Array.of(0.125, 0.25),
      measured: { outputs: Float32Array.of(0.375, 0.0625) },
      label: Float32Array.of(0.5, Number.NaN),
    },
    progress: { boot, task: "two clusters", step: 500, steps: 2000, error: 0.00125, score: 0.04, powerWatts: 0.00032 },
    ack: { upTo: { [boot]: 41 } },
    label: { sample: `${boot}-41`, label: "left", by: "anna", at: now },
    desired: await signUpdate(update, signer),
    reported: {
      boot,
      state: "good",
      version: 2,
      rollout: "r-7",
      current: { sha256: sealed.id, origin: "update" },
      trusted: 2,
      lease: { run: "run-7", sequence: 3 },
      trustedLease: 3,
      probe: { before: 0.09, after: 0.04 },
    },
    respond: {
      request: "run-7-1",
      run: "run-7",
      lease: 3,
      grant: await signLease(lease, signer),
      parameters,
      values: set.values,
      inputs: Float32Array.of(0.125, 0.25, 0.5, 0),
      rows: 2,
      expires: now + 10_000,
    },
    responded: {
      request: "run-7-1",
      run: "run-7",
      boot,
      ok: true,
      parameters,
      revision: 1201,
      measured: { outputs: Float32Array.of(0.375, 0.0625, 0.25, 0.125) },
      rows: 2,
    },
    command: { request: "c-19", by: "t1", arguments: { boot, from: 40 }, expires: now + 30_000 },
    "command-reply": { request: "c-19", boot, ok: true, result: { sent: 2 } },
    "trainer-state": { online: true, since: now },
  };
  return { payloads, set, update, lease, publicKey: signer.publicKey };
}

const setOf = (portsHash: string, values: Float32Array): ParameterSet => ({
  values,
  encoding: "volts",
  classes: ["left", "right"],
  ports: portsHash,
  twins: { outputs: "0123456789abcdef".repeat(4) },
  origin: "update",
  madeAt: now - 3_600_000,
});
