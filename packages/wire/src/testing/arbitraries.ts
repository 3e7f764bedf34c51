import * as fc from "fast-check";
import type { Kind, Payloads } from "../message-map.ts";
import type { Lease } from "../signing/lease.ts";
import type { ParameterSet } from "../signing/parameter-set.ts";
import type { Update } from "../signing/update.ts";

const id = fc.stringMatching(/^[a-z0-9-]{1,36}$/);
const text = fc.string({ maxLength: 40 });
const name = fc.stringMatching(/^[a-zA-Z][\w -]{0,63}$/);
const count = fc.maxSafeInteger().map(Math.abs);
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // JSON has no −0
const values = fc.float32Array({ maxLength: 80 });
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const measured = fc.dictionary(name, values, { maxKeys: 3, noNullPrototype: true });
const scalars = fc.dictionary(name, fc.oneof(text, real, fc.boolean()), { maxKeys: 3, noNullPrototype: true });
const signed = fc.record({
  key: id,
  payload: fc.uint8Array({ maxLength: 80 }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
});
const port = fc.record(
  { name: text, unit: text, size: count, min: real, max: real, levels: count },
  { requiredKeys: ["name", "unit", "size", "min", "max"] },
);
const ports = fc.array(port, { maxLength: 3 });
const positive = count.filter((one) => one > 0);
const stage = fc.record({ name, width: positive, twin: sha256 }, { requiredKeys: ["name", "width"] });

const time = fc.integer({ min: 0, max: 2 ** 42 });

export const parameterSets: fc.Arbitrary<ParameterSet> = fc.record(
  {
    parent: sha256,
    values,
    encoding: text,
    classes: fc.array(text, { maxLength: 5 }),
    ports: sha256,
    calibration: id,
    twins: fc.dictionary(name, sha256, { maxKeys: 2, noNullPrototype: true }),
    origin: fc.constantFrom("update" as const, "local" as const),
    madeAt: time,
  },
  { requiredKeys: ["values", "encoding", "classes", "ports", "twins", "origin", "madeAt"] },
);

const device = id.filter((one) => one !== "trainer");

/** The bytes of the set are those of none. */
export const updates: fc.Arbitrary<Update> = fc
  .record(
    {
      fleet: id,
      target: fc.oneof(fc.record({ device }), fc.record({ group: id })),
      version: fc.integer({ min: 1 }),
      set: fc.uint8Array({ maxLength: 40 }),
      discardLocal: fc.boolean(),
      requires: fc.array(text, { maxLength: 3 }),
      rollout: id,
      evidence: fc.record({ run: id, samples: count, score: real }, { requiredKeys: ["samples"] }),
      signedAt: time,
      expires: fc.integer({ min: 1, max: 2 ** 40 }),
    },
    { requiredKeys: ["fleet", "target", "version", "set", "discardLocal", "requires", "signedAt", "expires"] },
  )
  .map((update) => ({ ...update, expires: update.signedAt + update.expires }));

export const leases: fc.Arbitrary<Lease> = fc
  .record({
    fleet: id,
    device,
    run: id,
    sequence: fc.integer({ min: 1 }),
    ports: sha256,
    low: fc.float32Array({ noNaN: true, maxLength: 40 }),
    high: fc.constant(new Float32Array(0)),
    signedAt: time,
    expires: fc.integer({ min: 1, max: 3_600_000 }),
  })
  .map((lease) => ({ ...lease, high: lease.low.slice(), expires: lease.signedAt + lease.expires }));

/** Any payload of each kind that fits its schema. */
export const payloads: { [K in Kind]: fc.Arbitrary<Payloads[K]> } = {
  status: fc.record({ state: fc.constantFrom("online" as const, "offline" as const), boot: id }),
  birth: fc.record(
    {
      boot: id,
      versions: fc.dictionary(name, text, { noNullPrototype: true }),
      system: text,
      rule: text,
      task: text,
      ports: fc.record({ inputs: ports, parameters: ports, outputs: ports }),
      stages: fc.array(stage, { maxLength: 3 }),
      largestBatch: positive,
      repeatable: fc.boolean(),
      parameters: fc.record({ revision: count, version: count, sha256 }, { requiredKeys: ["revision"] }),
      outbox: fc.record({ depth: count, oldest: count, dropped: count }),
      capabilities: fc.array(text, { maxLength: 4 }),
      classes: fc.array(text, { maxLength: 4 }),
    },
    { requiredKeys: ["boot", "versions", "system", "rule", "task", "ports", "parameters", "outbox", "capabilities"] },
  ),
  answer: fc.record(
    {
      boot: id,
      at: count,
      clockSynchronised: fc.boolean(),
      task: text,
      label: text,
      confidence: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
      evidence: fc.record({ id, url: fc.webUrl({ validSchemes: ["http", "https"] }) }, { requiredKeys: ["id"] }),
      version: count,
    },
    { requiredKeys: ["boot", "at", "clockSynchronised", "task", "label", "confidence"] },
  ),
  evidence: fc.record({
    boot: id,
    request: id,
    id,
    at: count,
    clockSynchronised: fc.boolean(),
    label: text,
    confidence: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
    wav: fc.uint8Array({ maxLength: 80 }),
    measured,
    clipped: count,
    suspect: fc.boolean(),
  }),
  progress: fc.record(
    { boot: id, run: id, task: text, step: count, steps: count, error: real, score: real, powerWatts: real },
    { requiredKeys: ["boot", "task", "step", "steps", "error"] },
  ),
  sample: fc.record(
    {
      boot: id,
      seq: positive,
      id,
      at: fc.maxSafeInteger(),
      clockSynchronised: fc.boolean(),
      task: text,
      revision: count,
      parameters: sha256,
      inputs: values,
      measured,
      label: values,
    },
    {
      requiredKeys: ["boot", "seq", "id", "at", "clockSynchronised", "task", "revision", "inputs", "measured"],
    },
  ),
  ack: fc.record({ upTo: fc.dictionary(id, count, { noNullPrototype: true }) }),
  label: fc.record({ sample: id, label: fc.oneof(text, fc.array(real, { maxLength: 5 })), by: text, at: count }),
  desired: signed,
  reported: fc.record(
    {
      boot: id,
      state: fc.constantFrom("none", "refused", "programming", "probation", "good", "rolled-back"),
      version: count,
      rollout: id,
      reason: text,
      detail: text,
      current: fc.record({ sha256, origin: fc.constantFrom("update" as const, "local" as const) }),
      trusted: count,
      lease: fc.record({ run: id, sequence: count }),
      trustedLease: count,
      probe: fc.record({ before: real, after: real }),
    },
    { requiredKeys: ["boot", "state", "trusted"] },
  ),
  respond: fc.record(
    {
      request: id,
      run: id,
      lease: count,
      grant: signed,
      parameters: sha256,
      values,
      inputs: values,
      rows: count,
      expires: count,
    },
    { requiredKeys: ["request", "run", "lease", "parameters", "inputs", "rows", "expires"] },
  ),
  responded: fc.oneof(
    fc.record({ request: id, run: id, boot: id, ok: fc.constant(false as const), reason: text, detail: text }),
    fc.record(
      {
        request: id,
        run: id,
        boot: id,
        ok: fc.constant(true as const),
        parameters: sha256,
        revision: count,
        measured,
        rows: count,
        powerWatts: values,
      },
      { requiredKeys: ["request", "run", "boot", "ok", "parameters", "revision", "measured", "rows"] },
    ),
  ),
  command: fc.record({ request: id, by: text, arguments: scalars, expires: count }),
  "command-reply": fc.record(
    { request: id, boot: id, ok: fc.boolean(), reason: text, detail: text, result: scalars },
    { requiredKeys: ["request", "boot", "ok"] },
  ),
  "trainer-state": fc.record({ online: fc.boolean(), since: fc.maxSafeInteger() }),
};
