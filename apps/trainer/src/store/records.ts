import { BadInputError } from "@ohmwork/core";
import { decode, deviceIdSchema, idSchema, messages } from "@ohmwork/wire";
import type { Insertable, Selectable } from "kysely";
import { z } from "zod";
import { runSpecSchema, runStateSchema } from "../runs/run.ts";
import { planSchema } from "../rollouts/plan-schema.ts";
import { sampleRow } from "./sample-row.ts";
import type { Tables } from "./tables.ts";

/** A row in plain words, for people and other programs: JSON and nothing else. */
export type StoreRecord = {
  readonly [T in keyof Tables]: { readonly table: T } & Readonly<Record<string, unknown>>;
}[keyof Tables];

const ofDevice = { fleet: idSchema, device: deviceIdSchema };
const ofBoot = { ...ofDevice, boot: idSchema };
const ofRun = { fleet: idSchema, run: idSchema };
const milliseconds = z.int();
const sequence = z.int().min(0);
const base64 = z.base64();

/** What is read of a record; the rest of it is for people. */
const recordSchemas = {
  devices: z.object({
    ...ofBoot,
    online: z.boolean(),
    birth: messages.birth.schema.nullable(),
    reported: messages.reported.schema.nullable(),
    changedAt: milliseconds,
  }),
  samples: z.object({
    ...ofBoot,
    seq: sequence,
    receivedAt: milliseconds,
    /** The message as it came; the rest of a record is only what it says. */
    payload: base64,
  }),
  labels: z.object({
    ...ofDevice,
    sample: idSchema,
    by: z.string(),
    at: milliseconds,
    label: z.union([z.string(), z.array(z.number())]),
    receivedAt: milliseconds,
  }),
  parameter_sets: z.object({
    fleet: idSchema,
    id: z.string(),
    device: deviceIdSchema.nullable(),
    payload: base64,
    receivedAt: milliseconds,
  }),
  reports: z.object({
    ...ofBoot,
    kind: z.string(),
    digest: z.string(),
    payload: z.record(z.string(), z.unknown()),
    receivedAt: milliseconds,
  }),
  rollouts: z.object({
    fleet: idSchema,
    id: idSchema,
    plan: planSchema,
    phase: z.string(),
    wave: sequence,
    history: z.array(z.object({ at: milliseconds, by: z.string(), what: z.string(), detail: z.exactOptional(z.string()) })),
    createdAt: milliseconds,
  }),
  rollout_targets: z.object({
    ...ofDevice,
    rollout: idSchema,
    place: sequence,
    wave: sequence,
    set: z.string(),
    phase: z.string(),
    version: sequence.nullable(),
    sentAt: milliseconds.nullable(),
    previous: z.string().nullable(),
    reason: z.string().nullable(),
    detail: z.string().nullable(),
    aside: z.boolean(),
    told: z.boolean(),
    open: z.boolean(),
  }),
  run_states: z.object({ ...ofRun, payload: base64 }),
  run_steps: z.object({ ...ofRun, number: sequence, payload: z.record(z.string(), z.unknown()), at: milliseconds }),
  run_exchanges: z.object({
    ...ofRun,
    number: sequence,
    place: sequence,
    device: deviceIdSchema,
    request: idSchema,
    payload: base64,
  }),
  runs: z.object({
    fleet: idSchema,
    id: idSchema,
    spec: runSpecSchema,
    state: runStateSchema,
    wish: z.string(),
    commits: sequence,
    progress: z.record(z.string(), z.unknown()).nullable(),
    result: z.record(z.string(), z.unknown()).nullable(),
    reason: z.string().nullable(),
    worker: z.string().nullable(),
    createdAt: milliseconds,
    changedAt: milliseconds,
  }),
  device_leases: z.object({ ...ofDevice, sequence, run: idSchema }),
  boots: z.object({ ...ofBoot, prefix: sequence, pruned: sequence }),
} as const satisfies Record<keyof Tables, z.ZodObject>;

type Table = keyof Tables;
type Row<T extends Table> = Selectable<Tables[T]>;
type Fields<T extends Table> = z.infer<(typeof recordSchemas)[T]>;
type Translation<T extends Table> = {
  readonly toRecord: (row: Row<T>) => Readonly<Record<string, unknown>>;
  readonly toRow: (record: Fields<T>) => Insertable<Tables[T]>;
};

const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const json = (text: string | null): unknown => (text === null ? null : (JSON.parse(text) as unknown));
const jsonOf = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
/** JSON has no −0, and no NaN, which stands for an output without a target. */
const plain = (values: Float32Array): (number | null)[] =>
  Array.from(values, (value) => (Number.isFinite(value) ? value + 0 : null));

const translations: { readonly [T in Table]: Translation<T> } = {
  devices: {
    toRecord: ({ fleet, device, boot, online, birth, reported, changed_at: changedAt }) => {
      return { fleet, device, boot, online: online === 1, birth: json(birth), reported: json(reported), changedAt };
    },
    toRow: ({ online, birth, reported, changedAt, ...rest }) => {
      return { ...rest, online: online ? 1 : 0, birth: jsonOf(birth), reported: jsonOf(reported), changed_at: changedAt };
    },
  },
  samples: {
    toRecord: ({ fleet, device, boot, seq, received_at: receivedAt, payload }) => {
      const decoded = decode("sample", payload, Number.POSITIVE_INFINITY);
      const kept = { fleet, device, boot, seq, receivedAt, payload: base64Of(payload) };
      if (!decoded.ok) return kept;
      const { id, at, clockSynchronised, task, revision, parameters = null, inputs, measured, label } = decoded.value;
      const rows = Object.fromEntries(Object.entries(measured).map(([stage, values]) => [stage, plain(values)]));
      const said = { id, at, clockSynchronised, task, revision, parameters, inputs: plain(inputs), measured: rows };
      return { ...kept, ...said, label: label === undefined ? null : plain(label) };
    },
    toRow: ({ fleet, device, receivedAt, boot, seq, payload }) => {
      const bytes = bytesOf(payload);
      const decoded = decode("sample", bytes, Number.POSITIVE_INFINITY);
      if (!decoded.ok) throw new BadInputError(`Sample ${boot}-${seq} of ${device}: ${decoded.detail}`);
      if (decoded.value.boot !== boot || decoded.value.seq !== seq) {
        throw new BadInputError(
          `Sample ${boot}-${seq} of ${device} holds the message of ${decoded.value.boot}-${decoded.value.seq}`,
        );
      }
      return sampleRow(fleet, device, decoded.value, bytes, receivedAt);
    },
  },
  labels: {
    toRecord: ({ label, received_at: receivedAt, ...rest }) => ({ ...rest, label: json(label), receivedAt }),
    toRow: ({ label, receivedAt, ...rest }) => ({ ...rest, label: JSON.stringify(label), received_at: receivedAt }),
  },
  parameter_sets: {
    toRecord: ({ payload, received_at: receivedAt, ...rest }) => ({ ...rest, payload: base64Of(payload), receivedAt }),
    toRow: ({ payload, receivedAt, ...rest }) => ({ ...rest, payload: bytesOf(payload), received_at: receivedAt }),
  },
  reports: {
    toRecord: ({ fleet, device, boot, kind, digest, payload, received_at: receivedAt }) => {
      return { fleet, device, boot, kind, digest, payload: json(payload), receivedAt };
    },
    toRow: ({ payload, receivedAt, ...rest }) => ({ ...rest, payload: JSON.stringify(payload), received_at: receivedAt }),
  },
  rollouts: {
    // Who leads it in one store leads nothing in another.
    toRecord: ({ fleet, id, plan, phase, wave, history, created_at: createdAt }) => {
      return { fleet, id, phase, wave, plan: json(plan), history: json(history), createdAt };
    },
    toRow: ({ plan, history, createdAt, ...rest }) => {
      const led = { leader: null, fence: 0, beat: 0 };
      return { ...rest, plan: JSON.stringify(plan), history: JSON.stringify(history), created_at: createdAt, ...led };
    },
  },
  rollout_targets: {
    toRecord: ({ set_id: set, sent_at: sentAt, aside, told, open, ...rest }) => {
      return { ...rest, set, sentAt, aside: aside === 1, told: told === 1, open: open === 1 };
    },
    toRow: ({ set, sentAt, aside, told, open, ...rest }) => {
      return { ...rest, set_id: set, sent_at: sentAt, aside: aside ? 1 : 0, told: told ? 1 : 0, open: open ? 1 : 0 };
    },
  },
  run_states: {
    toRecord: ({ payload, ...rest }) => ({ ...rest, payload: base64Of(payload) }),
    toRow: ({ payload, ...rest }) => ({ ...rest, payload: bytesOf(payload) }),
  },
  run_steps: {
    toRecord: ({ payload, ...rest }) => ({ ...rest, payload: json(payload) }),
    toRow: ({ payload, ...rest }) => ({ ...rest, payload: JSON.stringify(payload) }),
  },
  run_exchanges: {
    toRecord: ({ payload, ...rest }) => ({ ...rest, payload: base64Of(payload) }),
    toRow: ({ payload, ...rest }) => ({ ...rest, payload: bytesOf(payload) }),
  },
  runs: {
    toRecord: ({ fleet, id, spec, state, wish, commits, progress, result, reason, worker, ...times }) => {
      const said = { spec: json(spec), progress: json(progress), result: json(result), reason, worker };
      return { fleet, id, state, wish, commits, ...said, createdAt: times.created_at, changedAt: times.changed_at };
    },
    toRow: ({ spec, state, wish, progress, result, createdAt, changedAt, ...rest }) => {
      // Where it came from, somebody may still work on it.
      const held = state === "running" || state === "queued" ? { state: "paused", wish: "pause" } : { state, wish };
      const said = { spec: JSON.stringify(spec), progress: jsonOf(progress), result: jsonOf(result) };
      return { ...rest, ...said, ...held, fence: 0, created_at: createdAt, changed_at: changedAt };
    },
  },
  device_leases: { toRecord: (row) => row, toRow: (record) => record },
  boots: { toRecord: (row) => row, toRow: (record) => record },
};

export const isTable = (name: unknown): name is Table => typeof name === "string" && Object.hasOwn(translations, name);

/** A row as a record. */
export function recordOf<T extends Table>(table: T, row: Row<T>): StoreRecord {
  return { table, ...translations[table].toRecord(row) };
}

/**
 * The row that a record stands for.
 *
 * @throws BadInputError when it is not one
 */
export function rowOf(
  record: StoreRecord,
): { readonly [T in Table]: { readonly table: T; readonly row: Insertable<Tables[T]> } }[Table] {
  const { table } = record;
  const checked = recordSchemas[table].safeParse(record);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new BadInputError(`Record of ${table} does not fit: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { toRow } = translations[table] as Translation<Table>;
  return { table, row: toRow(checked.data) } as ReturnType<typeof rowOf>;
}
