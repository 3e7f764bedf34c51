import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { decode } from "@ohmwork/wire";
import * as fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Outbox } from "./outbox.ts";
import { openOutboxFile } from "./outbox-file.ts";
import { createSqliteOutbox, type SqliteOutboxOptions } from "./sqlite-outbox.ts";

const row = {
  at: 0,
  clockSynchronised: false,
  task: "t",
  revision: 0,
  inputs: Float32Array.of(1),
  measured: { outputs: Float32Array.of(2) },
};
const rows = (count: number): (typeof row)[] => Array.from({ length: count }, () => row);
const newFile = (): string => join(mkdtempSync(join(tmpdir(), "ohmwork-outbox-")), "outbox.sqlite");

function open(file: string, options: Partial<SqliteOutboxOptions> = {}): { outbox: Outbox; troubles: string[] } {
  const troubles: string[] = [];
  const outbox = createSqliteOutbox({ file, boot: "b", onTrouble: (message) => troubles.push(message), ...options });
  onTestFinished(() => outbox[Symbol.dispose]());
  return { outbox, troubles };
}

/** Everything that waits, in order, and the bytes of it. */
function walk(outbox: Outbox): { names: string[]; payloads: string[] } {
  const names: string[] = [];
  const payloads: string[] = [];
  for (let next = outbox.after(0); next !== undefined; next = outbox.after(next.position)) {
    names.push(`${next.boot}-${next.seq}`);
    payloads.push(Buffer.from(next.payload).toString("hex"));
  }
  return { names, payloads };
}

describe("createSqliteOutbox()", () => {
  it("numbers samples from 1 and names them by boot and number", () => {
    const { outbox } = open(":memory:");
    expect(outbox.add(rows(2))).toBe(2);
    const second = outbox.after(outbox.after(0)?.position ?? 0);
    expect(second).toMatchObject({ boot: "b", seq: 2 });
    expect(decode("sample", second?.payload ?? new Uint8Array(0))).toMatchObject({
      ok: true,
      value: { boot: "b", seq: 2, id: "b-2" },
    });
    expect(outbox.after(second?.position ?? 0)).toBeUndefined();
  });

  it("ignores acknowledgements that are old, of what was never produced, or of another boot", () => {
    const { outbox } = open(":memory:");
    outbox.add(rows(3));
    expect(outbox.acknowledge({ b: 4 })).toBe(false);
    expect(outbox.acknowledge({ other: 2 })).toBe(false);
    expect(outbox.acknowledge({ b: 2, other: 9 })).toBe(true);
    expect(outbox.acknowledge({ b: 2 })).toBe(false);
    expect(outbox.acknowledge({ b: 1 })).toBe(false);
    expect(outbox.state()).toEqual({ depth: 1, oldest: 3, dropped: 0 });
  });

  it("holds exactly what was taken and not acknowledged, earlier boots first, however it is used and killed", () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ acknowledge: fc.nat(30), back: fc.nat(2) }),
      fc.constant("kill" as const),
      fc.constant("end" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 12 }), (steps, mostSamples) => {
        const file = newFile();
        let boots = 1;
        let { outbox } = open(file, { boot: "b1", mostSamples });
        let held: { boot: string; seq: number }[] = [];
        const last = new Map<string, number>();
        let dropped = 0;
        const names = (): string[] => held.map(({ boot, seq }) => `${boot}-${seq}`);
        const wrong: unknown[] = [];
        const check = (what: string, got: unknown, wanted: unknown): void => {
          if (!isDeepStrictEqual(got, wanted)) wrong.push({ what, got, wanted });
        };
        for (const one of steps) {
          const boot = `b${boots}`;
          if (one === "kill" || one === "end") {
            // A killed process closes nothing: what was acknowledged last may come again, at the front.
            if (one === "end") outbox[Symbol.dispose]();
            const before = names();
            boots += 1;
            ({ outbox } = open(file, { boot: `b${boots}`, mostSamples }));
            const found = walk(outbox).names;
            check(
              "held after a start",
              found.filter((name) => one === "end" || before.includes(name)),
              before,
            );
            held = found.map((name) => ({ boot: name.split("-")[0] as string, seq: Number(name.split("-")[1]) }));
            dropped = outbox.state().dropped;
          } else if ("add" in one) {
            const taken = outbox.add(rows(one.add));
            check("taken", taken, Math.max(0, Math.min(one.add, mostSamples - held.length)));
            for (let i = 0; i < taken; i += 1) {
              last.set(boot, (last.get(boot) ?? 0) + 1);
              held.push({ boot, seq: last.get(boot) as number });
            }
            dropped += one.add - taken;
          } else {
            const of = `b${Math.max(1, boots - one.back)}`;
            const isNews = held.some((sample) => sample.boot === of && sample.seq === one.acknowledge);
            check("news", outbox.acknowledge({ [of]: one.acknowledge }), isNews);
            if (isNews) held = held.filter(({ boot: other, seq }) => other !== of || seq > one.acknowledge);
          }
          check("state", [outbox.state().depth, outbox.state().dropped], [held.length, dropped]);
          check("walk", walk(outbox).names, names());
        }
        expect(wrong).toEqual([]);
        outbox[Symbol.dispose]();
      }),
      { numRuns: scaled(250), seed: 5 },
    );
  });

  it("names so many earlier boots that a birth fits into one message, the first ones first", () => {
    const file = newFile();
    const earlier = Array.from({ length: 1500 }, (_, i) => {
      return { position: i + 1, boot: `b${i}`, seq: 7, payload: Uint8Array.of(1) };
    });
    const seeded = openOutboxFile(file, 100_000);
    seeded.commit(earlier, [], 0);
    seeded.close();
    const { depth, earlier: named = {} } = open(file, { boot: "now" }).outbox.state();
    expect(depth).toBe(1500);
    expect(Object.keys(named)).toEqual(earlier.slice(0, 1000).map(({ boot }) => boot));
  });

  it("says the first waiting number of each earlier boot, and keeps its count of the dropped", () => {
    const file = newFile();
    const first = open(file, { boot: "b1", mostSamples: 5 });
    first.outbox.add(rows(7));
    first.outbox.acknowledge({ b1: 2 });
    first.outbox[Symbol.dispose]();
    const { outbox } = open(file, { boot: "b2" });
    expect(outbox.state()).toEqual({ depth: 3, oldest: 1, dropped: 2, earlier: { b1: 3 } });
    outbox.add(rows(1));
    expect(walk(outbox).names).toEqual(["b1-3", "b1-4", "b1-5", "b2-1"]);
    expect(outbox.acknowledge({ b1: 5 })).toBe(true);
    expect(outbox.state()).toEqual({ depth: 1, oldest: 1, dropped: 2 });
  });

  it("holds no more bytes than it may, and says so once until there is room", () => {
    const { outbox, troubles } = open(":memory:", { mostBytes: 1000 });
    const taken = outbox.add(rows(50));
    expect(taken).toBeGreaterThan(2);
    expect(taken).toBeLessThan(12); // a row of one input has more than 80 bytes
    outbox.add(rows(1));
    expect(troubles).toEqual([`The outbox is full (${taken} samples): new ones are dropped until a trainer acknowledges`]);
    outbox.acknowledge({ b: taken });
    expect(outbox.add(rows(taken))).toBe(taken);
    expect(outbox.state().dropped).toBe(50 - taken + 1);
  });

  it("is for its owner only", () => {
    const file = newFile();
    writeFileSync(file, "");
    chmodSync(file, 0o644);
    open(file).outbox.add(rows(1));
    for (const suffix of ["", "-wal", "-shm"]) expect(statSync(`${file}${suffix}`).mode & 0o777).toBe(0o600);
  });

  it("drops, counts and says it while another process holds the file, and writes again after that", () => {
    const file = newFile();
    const { outbox, troubles } = open(file);
    outbox.add(rows(2));
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    expect(outbox.add(rows(3))).toBe(0);
    expect(outbox.add(rows(1))).toBe(0);
    expect(outbox.acknowledge({ b: 1 })).toBe(true);
    expect(walk(outbox).names).toEqual(["b-2"]);
    expect(troubles).toEqual([
      `Could not write the store ${file}: database is locked: learning goes on, and samples are dropped until the outbox can be written`,
    ]);
    other.exec("ROLLBACK");
    other.close();
    expect(outbox.add(rows(1))).toBe(1);
    expect(troubles.at(-1)).toBe("The outbox can be written again");
    expect(walk(outbox).names).toEqual(["b-2", "b-3"]);
    outbox[Symbol.dispose]();
    expect(open(file, { boot: "c" }).outbox.state()).toMatchObject({ depth: 2, dropped: 4 });
  });

  it("goes on without a disk: in a folder that is not there, or may not be written", () => {
    const file = join(newFile(), "no", "outbox.sqlite");
    const { outbox, troubles } = open(file);
    expect(outbox.add(rows(3))).toBe(0);
    expect(outbox.state()).toEqual({ depth: 0, oldest: 1, dropped: 3 });
    expect(troubles.length).toBe(1);
    expect(troubles[0]).toContain("Could not open the outbox");
  });

  it("stays within its pages, wherever the room ends: whole batches are taken or dropped, and nothing else is lost", (context) => {
    const points = scaled(120);
    for (let point = 0; point < points; point += 1) {
      const file = newFile();
      // From the least file, by less than a page each time.
      const { outbox } = open(file, { mostBytes: 65_536 + 1531 * point, mostSamples: 1e6 });
      let taken = 0;
      let dropped = 0;
      for (let batch = 0; batch < 60; batch += 1) {
        const size = 1 + ((batch * 7 + point) % 40);
        const got = outbox.add(rows(size).map((one) => ({ ...one, inputs: new Float32Array(60) })));
        taken += got;
        dropped += size - got;
      }
      expect(dropped).toBeGreaterThan(0);
      expect(outbox.state()).toEqual({ depth: taken, oldest: 1, dropped });
      outbox[Symbol.dispose]();
      const again = open(file, { boot: "c" });
      expect(walk(again.outbox).names).toEqual(Array.from({ length: taken }, (_, i) => `b-${i + 1}`));
      expect(again.troubles).toEqual([]);
      expect(again.outbox.state().dropped).toBe(dropped);
      again.outbox[Symbol.dispose]();
    }
    recordGuarantee(context, { guarantee: "P5", fault: "an outbox whose room ends at another place each time", count: points });
  });

  it("never hands out what a flipped bit has changed, and says when anything is missing", (context) => {
    const file = newFile();
    const { outbox } = open(file, { mostSamples: 20 });
    outbox.add(rows(22));
    outbox[Symbol.dispose]();
    const good = readFileSync(file);
    const expected = walk(open(file, { boot: "c" }).outbox).payloads;
    expect(expected.length).toBe(20);
    const seed = testSeed(11);
    const random = createRandom(seed, "flips");
    const flips = scaled(6000);
    let putAside = 0;
    for (let i = 0; i < flips; i += 1) {
      const bytes = Uint8Array.from(good);
      const bit = random.below(8 * bytes.length);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      const flipped = newFile();
      writeFileSync(flipped, bytes);
      const troubles: string[] = [];
      const reopened = createSqliteOutbox({ file: flipped, boot: "c", onTrouble: (message) => troubles.push(message) });
      const { payloads } = walk(reopened);
      // All of it and as it was, or nothing, and that said.
      const whole = isDeepStrictEqual(payloads, expected) && reopened.state().dropped === 2;
      if (!whole) putAside += 1;
      expect(whole || (payloads.length === 0 && troubles.length > 0), `bit ${bit}`).toBe(true);
      reopened[Symbol.dispose]();
    }
    expect(putAside).toBeGreaterThan(0);
    const measured = { "outboxes put aside": putAside };
    recordGuarantee(context, { guarantee: "P6", fault: "a bit of an outbox flipped", count: flips, seed, measured });
  }, 600_000);

  it("puts a corrupt file aside, says so, and begins a new one", () => {
    const file = newFile();
    writeFileSync(file, "no database".repeat(1000));
    const { outbox, troubles } = open(file);
    expect(troubles.length).toBe(1);
    expect(troubles[0]).toContain(`it is put aside as ${file}.corrupt`);
    expect(outbox.add(rows(2))).toBe(2);
    expect(readFileSync(`${file}.corrupt`, "utf8")).toContain("no database");
    outbox[Symbol.dispose]();
    expect(open(file, { boot: "c" }).outbox.state().depth).toBe(2);
  });
});
