import { createHash } from "node:crypto";
import { recordGuarantee } from "@ohmwork/core/testing";
import { StoreFailedError } from "@ohmwork/runtime";
import { allLeaves, createFakeDisk, type FakeDisk, PowerCut } from "@ohmwork/runtime/testing";
import { describe, expect, it } from "vitest";
import { type Accepted, openSlotStore, type SlotStore, type StoredSet } from "./slot-store.ts";

const setOf = (text: string): Omit<StoredSet, "origin"> => {
  const bytes = new TextEncoder().encode(text.padEnd(40, "."));
  return { id: createHash("sha256").update(bytes).digest("hex"), bytes };
};
const update = (version: number): Accepted => ({
  set: setOf(`set of update ${version}`),
  version,
  rollout: "r",
  trusted: { number: version, digest: `d${version}` },
  lastSignedAt: 1000 * version,
});

/** Every kind of change, one after the other. */
const script: readonly ((store: SlotStore) => void)[] = [
  (store) => store.stage(update(1)),
  (store) => store.settle({ version: 1, state: "good", probe: { before: 1, after: 2 } }),
  (store) => store.commitLocal(setOf("learned")),
  (store) => store.stage(update(2)),
  (store) => store.settle({ version: 2, state: "rolled-back", reason: "worse" }),
  (store) => store.stage(update(5)),
  (store) => store.settle({ version: 5, state: "good" }),
  (store) => store.commitLocal(setOf("learned later")),
  (store) => store.trustLease({ number: 4, digest: "l4" }, 6000),
];

/** All that the agent acts on; `generation` counts writes, not states. */
function seen(store: SlotStore): string {
  const { trusted, trustedLease, lastSignedAt, candidate, outcome } = store.ledger();
  const set = store.active();
  const active = set && `${set.origin} ${new TextDecoder().decode(set.bytes)}`;
  return JSON.stringify({ active, trusted, trustedLease, lastSignedAt, candidate, outcome });
}

/** What is seen before the script and after each of its steps, and the operations until there. */
function stations(): { seen: string; operations: number }[] {
  const disk = createFakeDisk();
  const store = openSlotStore(disk.folder);
  const all = [{ seen: seen(store), operations: 0 }];
  for (const step of script) {
    step(store);
    all.push({ seen: seen(store), operations: disk.operations() });
  }
  return all;
}

/** The disk after the whole script. */
function written(): FakeDisk {
  const disk = createFakeDisk();
  const store = openSlotStore(disk.folder);
  for (const step of script) step(store);
  return disk;
}

function succeeds(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (!(error instanceof StoreFailedError)) throw error;
    return false;
  }
}

describe("openSlotStore()", () => {
  it("keeps what was good, what was learned, and what was trusted, through a restart", () => {
    const store = openSlotStore(createFakeDisk(written().files()).folder);
    expect(seen(store)).toBe(stations().at(-1)?.seen);
    expect(store.ledger().trusted).toEqual({ number: 5, digest: "d5" });
    expect(store.active()).toMatchObject({ origin: "local", id: setOf("learned later").id });
    expect(store.learned()?.id).toBe(setOf("learned").id); // that gave way to update 5
  });

  it("is in the state before or after a step, never between, wherever the power is cut", (context) => {
    const all = stations();
    const operations = all.at(-1)?.operations ?? 0;
    let cuts = 0;
    for (let operation = 0; operation < operations; operation += 1) {
      for (const leaves of allLeaves) {
        const disk = createFakeDisk();
        const store = openSlotStore(disk.folder);
        disk.cutAt(operation);
        let step = 0;
        expect(() => {
          for (; step < script.length; step += 1) script[step]?.(store);
        }).toThrow(PowerCut);
        const troubles: string[] = [];
        const found = openSlotStore(disk.afterCut(leaves).folder, (message) => troubles.push(message));
        expect([all[step]?.seen, all[step + 1]?.seen], `operation ${operation}, ${JSON.stringify(leaves)}`).toContain(
          seen(found),
        );
        expect(troubles).toEqual([]);
        // And goes on from there to the same end.
        for (const next of script.slice(seen(found) === all[step]?.seen ? step : step + 1)) next(found);
        expect(seen(found)).toBe(all.at(-1)?.seen);
        cuts += 1;
      }
    }
    recordGuarantee(context, { guarantee: "P4", fault: "the power cut in each operation on the slots, in 8 ways", count: cuts });
  });

  it("would be found between two states if it did not wait for the disk: the bench can tell", (context) => {
    const all = stations();
    let between = 0;
    for (let operation = 0; operation < (all.at(-1)?.operations ?? 0); operation += 1) {
      const disk = createFakeDisk();
      const hasty = { ...disk.folder, sync: () => undefined, syncNames: () => undefined };
      disk.cutAt(operation);
      let step = 0;
      try {
        const store = openSlotStore(hasty);
        for (; step < script.length; step += 1) script[step]?.(store);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      const found = seen(openSlotStore(disk.afterCut({ contents: "part", names: "all" }).folder));
      if (![all[step]?.seen, all[step + 1]?.seen].includes(found)) between += 1;
    }
    expect(between).toBeGreaterThan(0);
    recordGuarantee(context, { guarantee: "P4", fault: "the slots are not synchronised", count: between, unguarded: true });
  });

  it("leaves everything as it was when the disk is full, at whichever operation, and works again after that", (context) => {
    const all = stations();
    for (let operation = 0; operation < (all.at(-1)?.operations ?? 0); operation += 1) {
      const disk = createFakeDisk();
      const troubles: string[] = [];
      const store = openSlotStore(disk.folder, (message) => troubles.push(message));
      disk.refuse(operation, 1);
      /** Where a refused step left the store and the disk, and where it began and would have led. */
      const refusals: { here: string; onDisk: string; before: string; after: string }[] = [];
      for (const [i, step] of script.entries()) {
        if (succeeds(() => step(store))) continue;
        const onDisk = seen(openSlotStore(createFakeDisk(disk.files()).folder));
        refusals.push({ here: seen(store), onDisk, before: all[i]?.seen ?? "", after: all[i + 1]?.seen ?? "" });
        step(store);
      }
      for (const { here, onDisk, before, after } of refusals) {
        expect(here).toBe(before);
        expect([before, after]).toContain(onDisk);
      }
      expect(refusals.length + troubles.length).toBe(1);
      expect(seen(store)).toBe(all.at(-1)?.seen);
      expect(seen(openSlotStore(createFakeDisk(disk.files()).folder))).toBe(all.at(-1)?.seen);
    }
    const count = all.at(-1)?.operations ?? 0;
    recordGuarantee(context, { guarantee: "P4", fault: "the disk full in each operation on the slots", count });
  });

  it("says that it has forgotten what it trusted where both ledgers are lost, until something new is trusted or somebody says so", () => {
    const trusted = { number: 3, digest: "d" };
    const lost = (files: readonly string[]): FakeDisk => {
      const disk = createFakeDisk();
      openSlotStore(disk.folder).commitLocal(setOf("learned"));
      for (const name of files) disk.folder.write(name, Uint8Array.of(1));
      return disk;
    };
    const troubles: string[] = [];
    const both = lost(["ledger-a", "ledger-b"]);
    expect(openSlotStore(both.folder, (message) => troubles.push(message)).ledger().forgotten).toBe(true);
    expect(troubles.at(-1)).toContain("--trust-again");
    expect(openSlotStore(lost(["ledger-a"]).folder).ledger()).not.toHaveProperty("forgotten");
    expect(openSlotStore(createFakeDisk().folder).ledger()).not.toHaveProperty("forgotten");
    const none = lost([]);
    none.folder.remove("ledger-a");
    none.folder.remove("ledger-b");
    // Learning goes on, and tells nothing of what was trusted.
    openSlotStore(none.folder).commitLocal(setOf("learned again"));
    expect(openSlotStore(none.folder).ledger().forgotten).toBe(true);
    openSlotStore(none.folder).trustLease(trusted, 7);
    expect(openSlotStore(none.folder).ledger()).toMatchObject({ trustedLease: trusted, lastSignedAt: 7 });
    expect(openSlotStore(none.folder).ledger()).not.toHaveProperty("forgotten");
    openSlotStore(both.folder).trustAgain();
    expect(openSlotStore(both.folder).ledger()).not.toHaveProperty("forgotten");
  });

  it("never uses what a flipped bit has changed, whichever it is, and forgets nothing that was trusted", (context) => {
    const disk = written();
    const good = seen(openSlotStore(disk.folder));
    const fallback = setOf("set of update 5").id;
    let flips = 0;
    for (const [name, bytes] of disk.files()) {
      for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
        const flipped = createFakeDisk(disk.files());
        const changed = Uint8Array.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        flipped.set(name, changed);
        const troubles: string[] = [];
        const store = openSlotStore(flipped.folder, (message) => troubles.push(message));
        const isActive = name === `slot-${openSlotStore(disk.folder).ledger().active}`;
        expect(isActive ? store.active()?.id : seen(store), `${name}, bit ${bit}`).toBe(isActive ? fallback : good);
        expect(troubles.length).toBe(isActive || name.startsWith("ledger") ? 1 : 0);
        expect(store.ledger().trusted).toEqual({ number: 5, digest: "d5" });
        expect(store.learned()?.id).toBe(name === "learned" ? undefined : setOf("learned").id);
        flips += 1;
      }
    }
    recordGuarantee(context, { guarantee: "P6", fault: "each bit of slots and ledgers flipped", count: flips });
  }, 120_000);

  it("never falls back to a set that was rolled back, or that nothing is known of", () => {
    for (const steps of [4, 5]) {
      const disk = createFakeDisk();
      const store = openSlotStore(disk.folder);
      for (const step of script.slice(0, steps)) step(store);
      disk.set(`slot-${store.ledger().active}`, new Uint8Array(3));
      const troubles: string[] = [];
      const found = openSlotStore(disk.folder, (message) => troubles.push(message));
      expect(found.active()).toBeUndefined();
      expect(troubles).toEqual([expect.stringContaining("and there is no other one")]);
      expect(found.ledger().trusted?.number).toBe(2);
    }
  });
});
