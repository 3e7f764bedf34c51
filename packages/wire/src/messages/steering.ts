import { z } from "zod";
import { bytes, count, line, milliseconds, name, scalar, sha256, text, values } from "../fields.ts";
import { idSchema } from "../id.ts";

/** Bytes that somebody signed: what `verifySigned` looks into. */
export type Signed = {
  /** Id of the key it was signed with. */
  readonly key: string;
  /** Deterministic CBOR of what is said. */
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
};

/** What became of the update that `desired` holds, retained. */
export type Reported = {
  readonly boot: string;
  readonly state: "none" | "refused" | "programming" | "probation" | "good" | "rolled-back";
  /** Of the update this speaks of. */
  readonly version?: number;
  readonly rollout?: string;
  /** Why it was refused or rolled back, in one word and in one line. */
  readonly reason?: string;
  readonly detail?: string;
  /** The committed parameter set: its id, and whether it came with an update or was learned in place. */
  readonly current?: { readonly sha256: string; readonly origin: "update" | "local" };
  /** Newest version that was ever trusted. */
  readonly trusted: number;
  /** The lease under which wipers stand elsewhere than in the committed set. */
  readonly lease?: { readonly run: string; readonly sequence: number };
  /** Greatest sequence of a lease that was ever trusted; absent when none was. */
  readonly trustedLease?: number;
  /** On the held probe rows: of the parameters before, and of these. */
  readonly probe?: { readonly before: number; readonly after: number };
};

/** Asks a device to measure these inputs at these parameters, under a lease. */
export type Respond = {
  readonly request: string;
  readonly run: string;
  /** Sequence of the lease it stands under. */
  readonly lease: number;
  /** The lease itself, until the device has answered under it once. */
  readonly grant?: Signed;
  /** sha256 of the values to measure at: `hashOfValues`. */
  readonly parameters: string;
  /** The values themselves, until the device has answered with them once. */
  readonly values?: Float32Array;
  /** Rows, one after the other. */
  readonly inputs: Float32Array;
  readonly rows: number;
  /** Wall-clock time [ms since 1970] after which nobody waits for the answer. */
  readonly expires: number;
};

export type Responded = { readonly request: string; readonly run: string; readonly boot: string } & (
  | {
      readonly ok: true;
      readonly parameters: string;
      readonly revision: number;
      /** Rows of each stage, one after the other. */
      readonly measured: Readonly<Record<string, Float32Array>>;
      readonly rows: number;
      readonly powerWatts?: Float32Array;
    }
  | { readonly ok: false; readonly reason: string; readonly detail: string }
);

/** Asks a device for something that moves no wiper but back; its name is in the topic. */
export type Command = {
  readonly request: string;
  readonly by: string;
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
  /** Wall-clock time [ms since 1970] after which it is not to be done any more. */
  readonly expires: number;
};

export type CommandReply = {
  readonly request: string;
  readonly boot: string;
  readonly ok: boolean;
  /** Why it was not done, in one word and in one line. */
  readonly reason?: string;
  readonly detail?: string;
  readonly result?: Readonly<Record<string, string | number | boolean>>;
};

const boot = idSchema.describe("one start of the agent");
const request = idSchema.describe("names question and answer; the correlation data on MQTT 5");
const run = idSchema.describe("the training it belongs to");
const expires = milliseconds.describe("[ms since 1970]; later than that it is not to be done");
const parameters = sha256.describe("sha256 of the parameter values");
const record = z.record(name, scalar);

const signed = z.object({
  key: idSchema.describe("id of the key it was signed with"),
  payload: bytes.describe("deterministic CBOR"),
  signature: bytes.refine(({ length }) => length === 64, "expected 64 bytes").describe("Ed25519"),
});
export const signedSchema: z.ZodType<Signed> = signed;

export const reportedSchema: z.ZodType<Reported> = z.object({
  boot,
  state: z.enum(["none", "refused", "programming", "probation", "good", "rolled-back"]),
  version: z.exactOptional(count).describe("of the update this speaks of"),
  rollout: z.exactOptional(idSchema),
  reason: z.exactOptional(text).describe("why it was refused or rolled back, in one word"),
  detail: z.exactOptional(line).describe("the same in a line"),
  current: z
    .exactOptional(z.object({ sha256, origin: z.enum(["update", "local"]) }))
    .describe("the committed set: its id, and whether it was sent or learned in place"),
  trusted: count.describe("newest version that was ever trusted; 0 when none was"),
  lease: z
    .exactOptional(z.object({ run: idSchema, sequence: count }))
    .describe("under which wipers stand elsewhere than in the committed set"),
  trustedLease: z.exactOptional(count).describe("greatest sequence of a lease that was ever trusted"),
  probe: z.exactOptional(z.object({ before: z.number(), after: z.number() })).describe("score on the probe rows"),
});

export const respondSchema: z.ZodType<Respond> = z.object({
  request,
  run,
  lease: count.describe("sequence of the lease it stands under"),
  grant: z.exactOptional(signedSchema).describe("the lease itself, until the device has answered under it"),
  parameters,
  values: z.exactOptional(values).describe("the values themselves, until the device has answered with them"),
  inputs: values.describe("rows, one after the other"),
  rows: count,
  expires,
});

const answered = { request, run, boot };
export const respondedSchema: z.ZodType<Responded> = z.discriminatedUnion("ok", [
  z.object({
    ...answered,
    ok: z.literal(true),
    parameters,
    revision: count.describe("of the parameters while it was measured"),
    measured: z.record(name, values).describe("rows of each stage, one after the other"),
    rows: count,
    powerWatts: z.exactOptional(values).describe("for each row"),
  }),
  z.object({ ...answered, ok: z.literal(false), reason: text.describe("in one word"), detail: line }),
]);

export const commandSchema: z.ZodType<Command> = z.object({
  request,
  by: text.describe("who asks"),
  arguments: record,
  expires,
});

export const commandReplySchema: z.ZodType<CommandReply> = z.object({
  request,
  boot,
  ok: z.boolean(),
  reason: z.exactOptional(text).describe("why it was not done, in one word"),
  detail: z.exactOptional(line).describe("the same in a line"),
  result: z.exactOptional(record),
});
