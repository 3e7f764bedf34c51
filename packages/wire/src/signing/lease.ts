import { z } from "zod";
import { encodeCbor } from "../cbor.ts";
import { firstIssue, payloadVersion } from "../codec.ts";
import { milliseconds, sha256, values } from "../fields.ts";
import { deviceIdSchema, idSchema } from "../id.ts";
import type { Signed } from "../messages/steering.ts";
import { accepted, type Result } from "../result.ts";
import { sha256Hex } from "./sha256.ts";
import type { Signer } from "./signer.ts";
import { type TrustedKeys, verifySigned } from "./verify-signed.ts";

/** Lets a run move the wipers of one device within a window until it ends; then the committed set is restored. */
export type Lease = {
  readonly fleet: string;
  readonly device: string;
  readonly run: string;
  /** 1, 2, 3 … of all leases of a device: a later one, of whatever run, takes the place of an earlier one. */
  readonly sequence: number;
  /** `hashOfPorts` of the device. */
  readonly ports: string;
  /** Least and greatest value of each parameter; one that may not move has the same in both. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Wall-clock time [ms since 1970] of the one who signs. */
  readonly signedAt: number;
  readonly expires: number;
};

/** A lease whose signature was found to be good. */
export type OpenedLease = { readonly lease: Lease; readonly digest: string; readonly key: string };

/** The longest that a lease may last: it is renewed while its run goes on. */
export const longestLeaseMilliseconds = 3_600_000;

export const leaseSchema: z.ZodType<Lease> = z
  .object({
    fleet: idSchema,
    device: deviceIdSchema,
    run: idSchema,
    sequence: z.int().min(1).describe("of all leases of the device; a later one takes the place of an earlier one"),
    ports: sha256.describe("sha256 of the deterministic CBOR of the device's ports"),
    low: values.describe("least value of each parameter"),
    high: values.describe("greatest value of each parameter"),
    signedAt: milliseconds.describe("[ms since 1970]"),
    expires: milliseconds.describe("[ms since 1970]; an hour later at the most"),
  })
  .refine(
    ({ low, high }) => low.length === high.length && low.every((least, i) => least <= (high[i] as number)),
    "low beyond high",
  )
  .refine(
    ({ signedAt, expires }) => expires > signedAt && expires - signedAt <= longestLeaseMilliseconds,
    "expires before it was signed, or more than an hour later",
  );

/** @throws RangeError when the lease does not fit its schema */
export async function signLease(lease: Lease, signer: Signer): Promise<Signed> {
  const checked = leaseSchema.safeParse(lease);
  if (!checked.success) throw new RangeError(`Lease does not fit: ${firstIssue(checked.error)}`);
  return signer.sign("lease", encodeCbor({ v: payloadVersion, ...checked.data }));
}

/** What a trusted key signed as a lease, or why it does not count. Never throws, whatever the bytes. */
export async function openLease(signed: Signed, trusted: TrustedKeys): Promise<Result<OpenedLease>> {
  const verified = await verifySigned("lease", signed, trusted, leaseSchema);
  if (!verified.ok) return verified;
  return accepted({ lease: verified.value, digest: await sha256Hex(signed.payload), key: signed.key });
}
