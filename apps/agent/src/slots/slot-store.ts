import { createHash } from "node:crypto";
import { type Folder, StoreFailedError, writeAtomically } from "@ohmwork/runtime";
import {
  decodeLedger,
  emptyLedger,
  encodeLedger,
  type Ledger,
  type Outcome,
  protect,
  type SlotName,
  unprotect,
} from "./ledger.ts";

/** A parameter set in the bytes that its id is the sha256 of. */
export type StoredSet = { readonly id: string; readonly bytes: Uint8Array; readonly origin: "update" | "local" };

/** An update that was accepted, before anything is done with it. */
export type Accepted = {
  readonly set: Omit<StoredSet, "origin">;
  readonly version: number;
  readonly rollout?: string;
  readonly trusted: { readonly number: number; readonly digest: string };
  readonly lastSignedAt: number;
};

/**
 * Two parameter sets on the disk, and what must be remembered of updates. Each change is on the disk whole when its call
 * returns, or not at all: a `StoreFailedError` leaves everything as it was.
 */
export interface SlotStore {
  ledger(): Ledger;
  /** The committed set. */
  active(): StoredSet | undefined;
  /** What was learned in place and then gave way to an update, if it is still there. */
  learned(): Omit<StoredSet, "origin"> | undefined;
  /** Puts an update into the other slot, and trusts it: whatever becomes of it, nothing older is taken any more. */
  stage(accepted: Accepted): void;
  /** Ends what `stage` began: a good one becomes the committed set, one that was rolled back is not used again. */
  settle(outcome: Outcome): void;
  /** Commits what was learned in place; the set before it stays in the other slot. */
  commitLocal(set: Omit<StoredSet, "origin">): void;
  /** Trusts a lease: no older one is taken any more. */
  trustLease(trusted: NonNullable<Ledger["trustedLease"]>, lastSignedAt: number): void;
  /** Somebody says that nothing old will come: what was forgotten no longer keeps updates away. */
  trustAgain(): void;
}

const ledgerFiles = ["ledger-a", "ledger-b"] as const;
const learnedFile = "learned";
const fileOf = (slot: SlotName): string => `slot-${slot}`;

/**
 * Opens the slots of a folder. What is corrupt there is said and not used: the other copy of the ledger, the other slot.
 *
 * @throws StoreFailedError when the folder cannot be read, or a newer version wrote its ledger
 */
export function openSlotStore(folder: Folder, onTrouble: (message: string) => void = () => undefined): SlotStore {
  let ledger = readLedger(folder, onTrouble);
  let active: StoredSet | undefined;

  const readSlot = (slot: SlotName): StoredSet | undefined => {
    const known = ledger.slots[slot];
    const file = folder.read(fileOf(slot));
    const bytes = file === undefined ? undefined : unprotect(file);
    if (known === undefined || bytes === undefined || idOf(bytes) !== known.id) return undefined;
    return { ...known, bytes };
  };

  /** The first copy decides; the second stands in for it should it become corrupt. */
  const keep = (changed: Omit<Ledger, "generation">): void => {
    const next = { ...changed, generation: ledger.generation + 1 };
    const bytes = encodeLedger(next);
    writeAtomically(folder, ledgerFiles[0], bytes);
    ledger = next;
    try {
      writeAtomically(folder, ledgerFiles[1], bytes);
    } catch (error) {
      if (!(error instanceof StoreFailedError)) throw error;
      onTrouble(`${error.message}: of what the agent remembers there is one copy only`);
    }
  };

  /** Where there are sets there is a ledger: a folder with sets and without one has lost it. */
  const begin = (): void => {
    if (ledger.generation === 0) keep(ledger);
  };

  const other = (): SlotName => (ledger.active === "a" ? "b" : "a");

  const recover = (): void => {
    if (ledger.active === undefined) return;
    active = readSlot(ledger.active);
    if (active !== undefined) return;
    const { candidate, active: lost, ...rest } = ledger;
    const instead = other();
    // Nobody knows yet what a candidate is worth.
    const found = candidate === undefined ? readSlot(instead) : undefined;
    const which = found === undefined ? "and there is no other one" : `slot ${instead} takes its place`;
    onTrouble(`Slot ${lost} of ${folder.path} is corrupt: ${which}`);
    const { [lost]: _, ...slots } = ledger.slots;
    keep({ ...rest, slots: found === undefined ? {} : slots, ...(found !== undefined && { active: instead }) });
    active = found;
  };
  recover();

  return {
    ledger: () => ledger,
    active: () => active,
    learned: () => {
      const file = folder.read(learnedFile);
      const bytes = file === undefined ? undefined : unprotect(file);
      return bytes === undefined ? undefined : { id: idOf(bytes), bytes };
    },
    stage: ({ set, version, rollout, trusted, lastSignedAt }) => {
      begin();
      const slot = other();
      if (active?.origin === "local") writeAtomically(folder, learnedFile, protect(active.bytes));
      writeAtomically(folder, fileOf(slot), protect(set.bytes));
      const { outcome: _, forgotten: __, ...rest } = ledger;
      const candidate = { version, ...(rollout !== undefined && { rollout }) };
      const slots = { ...ledger.slots, [slot]: { id: set.id, origin: "update" } };
      keep({ ...rest, slots, candidate, trusted, lastSignedAt });
    },
    settle: (outcome) => {
      const { candidate: _, ...rest } = ledger;
      const slot = other();
      if (outcome.state === "good") {
        const tried = readSlot(slot);
        if (tried === undefined) throw new StoreFailedError(`Slot ${slot} of ${folder.path} is corrupt`, { file: fileOf(slot) });
        keep({ ...rest, active: slot, outcome });
        active = tried;
        return;
      }
      const { [slot]: __, ...slots } = ledger.slots;
      keep({ ...rest, slots, outcome });
    },
    commitLocal: (set) => {
      begin();
      const slot = other();
      writeAtomically(folder, fileOf(slot), protect(set.bytes));
      keep({ ...ledger, slots: { ...ledger.slots, [slot]: { id: set.id, origin: "local" } }, active: slot });
      active = { ...set, origin: "local" };
    },
    trustLease: (trustedLease, lastSignedAt) => {
      const { forgotten: _, ...rest } = ledger;
      keep({ ...rest, trustedLease, lastSignedAt });
    },
    trustAgain: () => {
      const { forgotten, ...rest } = ledger;
      if (forgotten === true) keep(rest);
    },
  };
}

function readLedger(folder: Folder, onTrouble: (message: string) => void): Ledger {
  let newest: Ledger | undefined;
  let corrupt = 0;
  for (const name of ledgerFiles) {
    const file = folder.read(name);
    if (file === undefined) continue;
    const ledger = decodeLedger(file, `${folder.path}/${name}`);
    if (ledger === undefined) {
      corrupt += 1;
      onTrouble(`${name} of ${folder.path} is corrupt: it is not used`);
    } else if (ledger.generation > (newest?.generation ?? -1)) newest = ledger;
  }
  if (newest !== undefined) return newest;
  const isLost = corrupt > 0 || [fileOf("a"), fileOf("b"), learnedFile].some((name) => folder.read(name) !== undefined);
  if (!isLost) return emptyLedger;
  onTrouble(
    `Nothing is known of earlier updates and of the slots of ${folder.path}: nothing signed is taken until the clock is synchronised, or the agent is started with --trust-again`,
  );
  return { ...emptyLedger, forgotten: true };
}

const idOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
