import { createHash } from "node:crypto";
import { StoreFailedError } from "@ohmwork/runtime";
import { z } from "zod";

export type SlotName = "a" | "b";

/** How an update ended. */
export type Outcome = {
  readonly version: number;
  readonly rollout?: string;
  readonly state: "good" | "rolled-back";
  readonly reason?: string;
  readonly detail?: string;
  readonly probe?: { readonly before: number; readonly after: number };
};

/** The number of something signed, and the sha256 of it. */
type Trusted = { readonly number: number; readonly digest: string };

/** What an agent must remember of its parameter sets and of whom it trusted. */
export type Ledger = {
  /** Counts the writes: the greater one of two ledgers is the newer. */
  readonly generation: number;
  /** Id and origin of the set in each slot that may be used. */
  readonly slots: { readonly [Slot in SlotName]?: { readonly id: string; readonly origin: "update" | "local" } };
  /** Slot of the committed set. */
  readonly active?: SlotName;
  /** The update in the other slot, as long as nothing is known of it yet. */
  readonly candidate?: { readonly version: number; readonly rollout?: string };
  /** Newest update that was ever accepted. */
  readonly trusted?: Trusted;
  /** Newest lease that was ever accepted. */
  readonly trustedLease?: Trusted;
  /** Both copies of a ledger were lost, and nothing signed was taken since: what is older than what was trusted cannot be told. */
  readonly forgotten?: true;
  /** Latest time under a good signature [ms since 1970]. */
  readonly lastSignedAt: number;
  readonly outcome?: Outcome;
};

export const emptyLedger: Ledger = { generation: 0, slots: {}, lastSignedAt: 0 };

const slot = z.exactOptional(z.strictObject({ id: z.string(), origin: z.enum(["update", "local"]) }));
const trusted = z.exactOptional(z.strictObject({ number: z.int(), digest: z.string() }));
const rollout = z.exactOptional(z.string());
const ledgerSchema: z.ZodType<Ledger> = z.object({
  v: z.literal(1),
  generation: z.int(),
  slots: z.strictObject({ a: slot, b: slot }),
  active: z.exactOptional(z.enum(["a", "b"])),
  candidate: z.exactOptional(z.strictObject({ version: z.int(), rollout })),
  trusted,
  trustedLease: trusted,
  forgotten: z.exactOptional(z.literal(true)),
  lastSignedAt: z.int(),
  outcome: z.exactOptional(
    z.strictObject({
      version: z.int(),
      rollout,
      state: z.enum(["good", "rolled-back"]),
      reason: z.exactOptional(z.string()),
      detail: z.exactOptional(z.string()),
      probe: z.exactOptional(z.strictObject({ before: z.number(), after: z.number() })),
    }),
  ),
});

const magic = new TextEncoder().encode("OHMWORK1");
const digestBytes = 32;

/** Bytes behind their own checksum, so that a changed or missing one is found. */
export function protect(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([magic, createHash("sha256").update(bytes).digest(), bytes]);
}

/** What was protected; undefined when it is not what it was. */
export function unprotect(file: Uint8Array): Uint8Array | undefined {
  const bytes = file.subarray(magic.length + digestBytes);
  return Buffer.compare(file, protect(bytes)) === 0 ? bytes : undefined;
}

export function encodeLedger(ledger: Ledger): Uint8Array {
  return protect(new TextEncoder().encode(JSON.stringify({ v: 1, ...ledger })));
}

/**
 * Undefined when a bit of it is not what it was.
 *
 * @throws StoreFailedError when it is whole and says what this version does not know: a newer one wrote it
 */
export function decodeLedger(file: Uint8Array, path: string): Ledger | undefined {
  const bytes = unprotect(file);
  if (bytes === undefined) return undefined;
  const checked = ledgerSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (checked.success) return checked.data;
  throw new StoreFailedError(`Ledger ${path} was written by a newer version, which is needed to go on with it`, { file: path });
}
