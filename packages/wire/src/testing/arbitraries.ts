import * as fc from "fast-check";
import type { Kind, Payloads } from "../message-map.ts";

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

/** Any payload of each kind that fits its schema. */
export const payloads: { [K in Kind]: fc.Arbitrary<Payloads[K]> } = {
  status: fc.record({ state: fc.constantFrom("online" as const, "offline" as const), boot: id }),
  birth: fc.record({
    boot: id,
    versions: fc.dictionary(name, text, { noNullPrototype: true }),
    system: text,
    rule: text,
    task: text,
    ports: fc.record({ inputs: ports, parameters: ports, outputs: ports }),
    parameters: fc.record({ revision: count, version: count, sha256 }, { requiredKeys: ["revision"] }),
    outbox: fc.record({ depth: count, oldest: count, dropped: count }),
    capabilities: fc.array(text, { maxLength: 4 }),
  }),
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
  progress: fc.record(
    { boot: id, run: id, task: text, step: count, steps: count, error: real, score: real, powerWatts: real },
    { requiredKeys: ["boot", "task", "step", "steps", "error"] },
  ),
  sample: fc.record(
    {
      boot: id,
      seq: count.filter((seq) => seq > 0),
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
    { request: id, boot: id, ok: fc.boolean(), detail: text, result: scalars },
    { requiredKeys: ["request", "boot", "ok"] },
  ),
  "trainer-state": fc.record({ online: fc.boolean(), since: fc.maxSafeInteger() }),
};
