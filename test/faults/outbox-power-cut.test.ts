import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteOutbox } from "@ohmwork/agent";
import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";

const sample = {
  at: 0,
  clockSynchronised: false,
  task: "t",
  revision: 0,
  inputs: new Float32Array(200),
  measured: { outputs: Float32Array.of(2) },
};

function namesIn(file: string, troubles: string[]): string[] {
  using outbox = createSqliteOutbox({ file, boot: "later", onTrouble: (message) => troubles.push(message) });
  const names: string[] = [];
  for (let next = outbox.after(0); next !== undefined; next = outbox.after(next.position)) names.push(`${next.boot}-${next.seq}`);
  return names;
}

describe("an outbox whose power is cut", () => {
  it("holds what was in it after the last whole commit, wherever its log ends and whatever stands behind that", (context) => {
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-cut-"));
    const file = join(folder, "outbox.sqlite");
    const seed = testSeed(21);
    const random = createRandom(seed, "power cuts");
    const outbox = createSqliteOutbox({ file, boot: "b" });
    const names: string[] = [];
    /** How long the log was after each commit, and what waited then. */
    const stations: { length: number; names: string[] }[] = [];
    for (let i = 0; i < 12; i += 1) {
      const count = 1 + random.below(5);
      const first = Number(names.at(-1)?.slice(2) ?? 0);
      if (i % 4 === 3) {
        outbox.acknowledge({ b: first }); // everything, which is written at once
        names.length = 0;
        stations.push({ length: readFileSync(`${file}-wal`).length, names: [] });
      }
      const last = outbox.state().oldest + outbox.state().depth - 1;
      outbox.add(Array.from({ length: count }, () => sample));
      for (let seq = last + 1; seq <= last + count; seq += 1) names.push(`b-${seq}`);
      stations.push({ length: readFileSync(`${file}-wal`).length, names: names.slice() });
    }
    const database = readFileSync(file);
    const log = readFileSync(`${file}-wal`);
    outbox[Symbol.dispose]();
    const begun = stations[0]?.length ?? 0;
    const cuts = scaled(1500);
    for (let i = 0; i < cuts; i += 1) {
      // Not into what was there before the first commit, which was synchronised long ago.
      const at = begun + random.below(log.length - begun + 1);
      const behind = [new Uint8Array(0), new Uint8Array(5000), Uint8Array.from({ length: 5000 }, () => random.below(256))];
      const torn = Buffer.concat([log.subarray(0, at), behind[i % 3] as Uint8Array]);
      const copy = join(folder, `cut-${i}.sqlite`);
      writeFileSync(copy, database);
      writeFileSync(`${copy}-wal`, torn);
      const troubles: string[] = [];
      const expected = stations.findLast(({ length }) => length <= at)?.names;
      expect(namesIn(copy, troubles), `cut at byte ${at}`).toEqual(expected);
      expect(troubles).toEqual([]);
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${copy}${suffix}`, { force: true });
    }
    const measured = { commits: stations.length, "bytes of log": log.length };
    recordGuarantee(context, { guarantee: "P4", fault: "the outbox's log torn at a random byte", count: cuts, seed, measured });
  }, 600_000);
});
