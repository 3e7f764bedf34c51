import { z } from "zod";
import { encodeCbor } from "../cbor.ts";
import { firstIssue, payloadVersion } from "../codec.ts";
import { bytes, count, milliseconds, text } from "../fields.ts";
import { deviceIdSchema, idSchema } from "../id.ts";
import type { Signed } from "../messages/steering.ts";
import { accepted, type Result } from "../result.ts";
import { openParameterSet, type ParameterSet } from "./parameter-set.ts";
import { sha256Hex } from "./sha256.ts";
import type { Signer } from "./signer.ts";
import { type TrustedKeys, verifySigned } from "./verify-signed.ts";

/** A parameter set for one device or one group; its `parent` is the set that must be the current one. */
export type Update = {
  readonly fleet: string;
  readonly target: { readonly device: string } | { readonly group: string };
  /** 1, 2, 3 …: a device takes only what is newer than all it ever trusted. */
  readonly version: number;
  /** The bytes of a sealed parameter set. */
  readonly set: Uint8Array;
  /** Whether what was learned in place since the parent may be lost. */
  readonly discardLocal: boolean;
  /** What the device must be capable of. */
  readonly requires: readonly string[];
  readonly rollout?: string;
  /** What the update rests on. */
  readonly evidence?: { readonly run?: string; readonly samples: number; readonly score?: number };
  /** Wall-clock time [ms since 1970] of the one who signs. */
  readonly signedAt: number;
  readonly expires: number;
};

/** An update whose signature was found to be good, and what is in it. */
export type OpenedUpdate = {
  readonly update: Update;
  readonly set: ParameterSet;
  /** Id of the parameter set. */
  readonly setId: string;
  /** sha256 of what was signed. */
  readonly digest: string;
  /** Id of the key it was signed with. */
  readonly key: string;
};

export const updateSchema: z.ZodType<Update> = z
  .object({
    fleet: idSchema,
    target: z
      .union([z.strictObject({ device: deviceIdSchema }), z.strictObject({ group: idSchema })])
      .describe("`device` or `group`"),
    version: z.int().min(1).describe("newer than all that the device ever trusted"),
    set: bytes.describe("a parameter set; its id is the sha256 of these bytes, its parent must be the current set"),
    discardLocal: z.boolean().describe("whether the parent need not be the current set"),
    requires: z.array(text).max(64).describe("what the device must be capable of"),
    rollout: z.exactOptional(idSchema),
    evidence: z
      .exactOptional(z.object({ run: z.exactOptional(idSchema), samples: count, score: z.exactOptional(z.number()) }))
      .describe("what it rests on"),
    signedAt: milliseconds.describe("[ms since 1970]"),
    expires: milliseconds.describe("[ms since 1970]"),
  })
  .refine(({ signedAt, expires }) => expires > signedAt, "expires before it was signed");

/** @throws RangeError when the update does not fit its schema */
export async function signUpdate(update: Update, signer: Signer): Promise<Signed> {
  const checked = updateSchema.safeParse(update);
  if (!checked.success) throw new RangeError(`Update does not fit: ${firstIssue(checked.error)}`);
  return signer.sign("update", encodeCbor({ v: payloadVersion, ...checked.data }));
}

/** What a trusted key signed as an update, or why it does not count. Never throws, whatever the bytes. */
export async function openUpdate(signed: Signed, trusted: TrustedKeys): Promise<Result<OpenedUpdate>> {
  const verified = await verifySigned("update", signed, trusted, updateSchema);
  if (!verified.ok) return verified;
  const update = verified.value;
  const opened = await openParameterSet(update.set);
  if (!opened.ok) return opened;
  const { id: setId, set } = opened.value;
  return accepted({ update, set, setId, digest: await sha256Hex(signed.payload), key: signed.key });
}
