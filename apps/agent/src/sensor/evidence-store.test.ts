import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Evidence, type EvidenceLimits, type EvidenceStore, openEvidenceStore } from "./evidence-store.ts";

const day = 86_400_000;
const start = 1_790_000_000_000;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "ohmwork-evidence-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const evidenceOf = (id: string, at = start): Evidence => ({
  id,
  at,
  clockSynchronised: true,
  label: "low",
  confidence: 0.9,
  likeliest: "low",
  measured: { scores: [0.5, 0.25] },
  clipped: 0,
  suspect: false,
});

const open = (path: string, limits: EvidenceLimits, clock = createFakeClock(start), isClockSynchronised = true): EvidenceStore =>
  openEvidenceStore({ path, limits, clock, isClockSynchronised: () => isClockSynchronised });

const roomy = { bytes: 1e6, days: 7 };

describe("openEvidenceStore()", () => {
  it("gives back what it was given, for its owner only, also after a start", () => {
    const path = folder();
    const wav = Uint8Array.of(1, 2, 3);
    expect(open(path, roomy).keep(evidenceOf("a-1"), wav)).toBe(true);
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o077).toBe(0);
    const again = open(path, roomy);
    expect(again.find("a-1")?.evidence).toEqual(evidenceOf("a-1"));
    expect(again.find()?.wav).toEqual(Buffer.from(wav));
    expect(again.find("a-2")).toBeUndefined();
    expect(again.amend("a-1", { said: "high" })).toBe(true);
    expect(again.find("a-1")?.evidence.said).toBe("high");
    expect(again.amend("a-2", { said: "high" })).toBe(false);
  });

  it("never takes more than its bytes, and lets the oldest go first", () => {
    const path = folder();
    const store = open(path, { bytes: 5000, days: 7 });
    for (let n = 1; n <= 12; n += 1) store.keep(evidenceOf(`a-${n}`), new Uint8Array(700));
    const sizes = readdirSync(path).map((name) => statSync(join(path, name)).size);
    const onDisk = sizes.reduce((sum, size) => sum + size, 0);
    expect(store.state().bytes).toBe(onDisk);
    expect(onDisk).toBeLessThanOrEqual(5000);
    const left = Array.from({ length: 12 }, (_, i) => `a-${i + 1}`).filter((id) => store.find(id) !== undefined);
    expect(left).toEqual(["a-8", "a-9", "a-10", "a-11", "a-12"]);
    expect(store.keep(evidenceOf("a-13"), new Uint8Array(5001))).toBe(false);
    expect(store.find("a-12")).toBeDefined();
  });

  it("lets go of what is older than its days, and not while nobody knows the time", async () => {
    for (const isClockSynchronised of [true, false]) {
      const clock = createFakeClock(start);
      const store = open(folder(), roomy, clock, isClockSynchronised);
      store.keep(evidenceOf("old"), new Uint8Array(1));
      await clock.advance(Seconds((8 * day) / 1000));
      store.keep(evidenceOf("new", clock.now()), new Uint8Array(1));
      expect(store.find("old") === undefined).toBe(isClockSynchronised);
      expect(store.find("new")).toBeDefined();
    }
  });

  it("removes at its start what a cut left half written", () => {
    const path = folder();
    open(path, roomy).keep(evidenceOf("whole"), new Uint8Array(1));
    for (const name of ["sound-alone.wav", "notes-alone.json", "torn.json.new"]) writeFileSync(join(path, name), "{");
    writeFileSync(join(path, "torn.wav"), "x");
    writeFileSync(join(path, "torn.json"), '{"id":');
    const store = open(path, roomy);
    expect(readdirSync(path).toSorted()).toEqual(["whole.json", "whole.wav"]);
    expect(store.state().count).toBe(1);
  });

  it("has nothing of what the disk did not take whole", () => {
    const path = folder();
    let room = 1;
    const write = (file: string, bytes: Uint8Array): void => {
      room -= 1;
      if (room < 0) throw new Error("ENOSPC");
      writeFileSync(file, bytes);
    };
    const store = openEvidenceStore({ path, clock: createFakeClock(start), isClockSynchronised: () => true, write });
    expect(store.keep(evidenceOf("a-1"), new Uint8Array(9))).toBe(false);
    expect(readdirSync(path)).toEqual([]);
    expect(store.state()).toEqual({ count: 0, bytes: 0 });
    room = 3;
    expect(store.keep(evidenceOf("a-2"), new Uint8Array(9))).toBe(true);
    room = 0;
    expect(store.amend("a-2", { suspect: true })).toBe(false);
    expect(store.find("a-2")?.evidence.suspect).toBe(false);
  });
});
