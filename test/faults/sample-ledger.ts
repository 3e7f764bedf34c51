import { copyFileSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Seconds } from "@ohmwork/core";
import { connectMqtt } from "@ohmwork/runtime";
import { decode } from "@ohmwork/wire";

/**
 * What an observer outside of agent and trainer knows of the samples of one device: what went over the broker, what a killed
 * agent left on its disk, and what was acknowledged. Of a boot of which it has seen a number, all before it were produced.
 */
export interface SampleLedger {
  /** Listens at a broker until the function that it gives is called. */
  listen(url: string): Promise<() => Promise<void>>;
  /** Reads what is in the state folder of an agent that does not run. Gives the number of samples. */
  readLeft(state: string): number;
  /** Ids of samples that were acknowledged, and of all that were produced. */
  acknowledged(): string[];
  produced(): string[];
  /** Samples that it heard more than once. */
  repeated(): number;
}

export function createSampleLedger(): SampleLedger {
  const produced = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  const heard = new Set<string>();
  let repeated = 0;
  const note = (of: Map<string, number>, boot: string, seq: number): void => void of.set(boot, Math.max(of.get(boot) ?? 0, seq));
  const ids = (of: Map<string, number>): string[] =>
    Array.from(of).flatMap(([boot, last]) => Array.from({ length: last }, (_, i) => `${boot}-${i + 1}`));

  return {
    listen: async (url) => {
      const connection = connectMqtt(url, { clientId: "ledger" });
      await connection.subscribe("ohmwork/v1/home/d1/sample", (_, payload) => {
        const sample = decode("sample", payload);
        if (!sample.ok) return;
        const { boot, seq, id } = sample.value;
        note(produced, boot, seq);
        if (heard.has(id)) repeated += 1;
        heard.add(id);
      });
      await connection.subscribe("ohmwork/v1/home/d1/ack", (_, payload) => {
        const ack = decode("ack", payload);
        if (ack.ok) for (const [boot, seq] of Object.entries(ack.value.upTo)) note(acknowledged, boot, seq);
      });
      await connection.whenConnected(Seconds(20));
      return () => connection.close();
    },
    readLeft: (state) => {
      const left = samplesIn(copied(join(state, "outbox.sqlite")));
      for (const { boot, seq } of left) note(produced, boot, seq);
      return left.length;
    },
    acknowledged: () => ids(acknowledged),
    produced: () => ids(produced),
    repeated: () => repeated,
  };
}

/** Ids of all samples in a trainer's store, read past the trainer. */
export function storedIn(file: string): string[] {
  return samplesIn(file).map(({ boot, seq }) => `${boot}-${seq}`);
}

/** A copy, so that the next process finds the file untouched. */
function copied(file: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), "ohmwork-left-")), "outbox.sqlite");
  for (const suffix of ["", "-wal"]) if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
  return copy;
}

function samplesIn(file: string): { boot: string; seq: number }[] {
  if (!existsSync(file)) return [];
  using database = new DatabaseSync(file);
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'samples'").get() === undefined) return [];
  const rows = database.prepare("SELECT boot, seq FROM samples").all();
  return rows.map(({ boot, seq }) => ({ boot: String(boot), seq: Number(seq) }));
}
