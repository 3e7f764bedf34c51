import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBootId, createSqliteOutbox, openSlotStore, runAgent } from "@ohmwork/agent";
import { Seconds } from "@ohmwork/core";
import { recordGuarantee } from "@ohmwork/core/testing";
import { openFolder, StoreFailedError, startEmbeddedBroker } from "@ohmwork/runtime";
import { openStore, runTrainer } from "@ohmwork/trainer";
import { describe, expect, it } from "vitest";
import { createSumDevice } from "../fleet/sum-device.ts";
import { storedIn } from "./sample-ledger.ts";

// The folder below is what an agent of the first version with slots left behind. It is never written again.

const learnedId = "b893355107598e37f6e98a6e67463ee31e734c6dfba3fa4ce5eb4af066f8ea81";

function oldState(): string {
  const state = mkdtempSync(join(tmpdir(), "ohmwork-old-"));
  cpSync(join(import.meta.dirname, "golden", "first-agent"), state, { recursive: true });
  return state;
}

/** As a version far ahead would leave a database. */
function raiseVersion(file: string): void {
  using database = new DatabaseSync(file);
  database.exec("INSERT INTO migrations VALUES (99, datetime('now'))");
}

describe("the state folder of the first agent", () => {
  it("goes on where it was: its samples are delivered, its parameters programmed, its outcome known", async (context) => {
    const state = oldState();
    await using broker = await startEmbeddedBroker({ port: 0 });
    const file = join(mkdtempSync(join(tmpdir(), "ohmwork-old-")), "trainer.sqlite");
    const stopping = new AbortController();
    const trainer = runTrainer({ fleet: "home", broker: broker.url, file }, stopping.signal);
    const device = createSumDevice();
    const programmed: number[][] = [];
    const program: typeof device.system.program = (values, call) => {
      programmed.push([...values]);
      return device.system.program(values, call);
    };
    const slots = openSlotStore(openFolder(state));
    expect(slots.active()).toMatchObject({ id: learnedId, origin: "local" });
    expect(slots.ledger()).toMatchObject({
      trusted: { number: 4, digest: "d4" },
      outcome: { version: 4, state: "rolled-back", reason: "worse" },
    });
    const troubles: string[] = [];
    const { outbox } = await runAgent(
      {
        device: { ...device, system: { ...device.system, program } },
        broker: broker.url,
        state,
        exit: true,
        progressSeconds: Seconds(0.05),
        onTrouble: (message) => troubles.push(message),
      },
      new AbortController().signal,
    );
    stopping.abort();
    await trainer;
    expect(troubles).toEqual([]);
    expect(programmed[0]).toEqual([0.375, 0.125]);
    expect(outbox).toMatchObject({ depth: 0, dropped: 1 });
    const [b1, b2] = ["00000000000000b1", "00000000000000b2"];
    expect(storedIn(file)).toEqual(
      expect.arrayContaining([3, 4, 5].map((seq) => `${b1}-${seq}`).concat([1, 2, 3, 4, 5].map((seq) => `${b2}-${seq}`))),
    );
    recordGuarantee(context, { guarantee: "P18", fault: "a state folder of the first agent with slots", count: 1 });
  });

  it("is not touched where a newer version has written", async (context) => {
    const state = oldState();
    const ledger = new TextDecoder().decode(readFileSync(join(state, "ledger-a")).subarray(40));
    const newer = new TextEncoder().encode(ledger.replace('"v":1', '"v":2'));
    const protectedLedger = Buffer.concat([Buffer.from("OHMWORK1"), createHash("sha256").update(newer).digest(), newer]);
    for (const name of ["ledger-a", "ledger-b"]) writeFileSync(join(state, name), protectedLedger);
    expect(() => openSlotStore(openFolder(state))).toThrow(StoreFailedError);
    expect(() => openSlotStore(openFolder(state))).toThrow(/ledger-a was written by a newer version/);
    expect(readFileSync(join(state, "ledger-a"))).toEqual(protectedLedger);

    const outboxFile = join(state, "outbox.sqlite");
    raiseVersion(outboxFile);
    const before = storedIn(outboxFile);
    const troubles: string[] = [];
    const outbox = createSqliteOutbox({ file: outboxFile, boot: createBootId(), onTrouble: (message) => troubles.push(message) });
    expect(outbox.state()).toMatchObject({ depth: 0 });
    expect(outbox.after(0)).toBeUndefined();
    outbox[Symbol.dispose]();
    expect(troubles).toEqual([expect.stringMatching(/version 99, newer than/)]);
    expect(storedIn(outboxFile)).toEqual(before);

    const storeFile = join(state, "trainer.sqlite");
    await (await openStore(storeFile))[Symbol.asyncDispose]();
    raiseVersion(storeFile);
    await expect(openStore(storeFile)).rejects.toThrow(/version 99, newer than/);
    recordGuarantee(context, { guarantee: "P18", fault: "ledger, outbox and store of a newer version", count: 3 });
  });
});
