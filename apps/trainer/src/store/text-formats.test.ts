import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { encode, type Sample } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { openStore } from "./open-store.ts";
import type { TrainerStore } from "./store.ts";
import { readJsonLines, writeCsv, writeJsonLines } from "./text-formats.ts";

const sample: Sample = {
  boot: "b1",
  seq: 1,
  id: "b1-1",
  at: 5,
  clockSynchronised: true,
  task: '=HYPERLINK("x"), and\na line',
  revision: 7,
  inputs: Float32Array.of(0.5, -2),
  measured: { outputs: Float32Array.of(3) },
  label: Float32Array.of(Number.NaN),
};

const openEmpty = (): Promise<TrainerStore> => openStore(join(mkdtempSync(join(tmpdir(), "ohmwork-text-")), "trainer.sqlite"));

async function openFilled(): Promise<TrainerStore> {
  const store = await openEmpty();
  const samples = [{ device: "d1", sample, payload: encode("sample", sample) }];
  const progress = [{ device: "d1", progress: { boot: "b1", task: "t", step: 1, steps: 2, error: 0.5 } }];
  await store.commit("home", { receivedAt: 9, births: new Map(), statuses: new Map(), progress, samples });
  return store;
}

async function gathered<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function* linesOf(...lines: string[]): AsyncGenerator<string> {
  yield* lines;
}

describe("JSON lines", () => {
  it("carry a store into another one, and say every number in plain words", async () => {
    await using store = await openFilled();
    await using copy = await openEmpty();
    const text = (await gathered(writeJsonLines(store.records()))).join("");
    const said = JSON.parse(text.split("\n")[0]!) as object;
    expect(said).toMatchObject({
      table: "samples",
      device: "d1",
      seq: 1,
      inputs: [0.5, -2],
      measured: { outputs: [3] },
      label: [null],
    });
    await copy.keepRecords(readJsonLines(linesOf(...text.split("\n"))));
    expect(await gathered(writeJsonLines(copy.records()))).toEqual(await gathered(writeJsonLines(store.records())));
    expect(await copy.samples("home", { limit: 9 })).toEqual([{ device: "d1", receivedAt: 9, sample }]);
  });
  it.each([
    ["{", "Line 2 is not JSON"],
    ["[]", "Line 2 is of no table: undefined"],
    ['{"table":"toString"}', 'Line 2 is of no table: "toString"'],
  ])("refuse %s", async (line, message) => {
    await expect(gathered(readJsonLines(linesOf("", line)))).rejects.toThrow(message);
  });
});

describe("writeCsv()", () => {
  it("gives a header and a row that another reader understands, and no formula", async () => {
    await using store = await openFilled();
    const text = (await gathered(writeCsv(store.records(), "samples"))).join("");
    const [row, ...others] = parse<Record<string, string>>(text, { columns: true });
    expect(others).toEqual([]);
    expect(row).toMatchObject({ fleet: "home", device: "d1", boot: "b1", seq: "1", inputs: "[0.5,-2]", label: "[null]" });
    expect(row!["task"]).toBe(`'${sample.task}`);
    expect((await gathered(writeCsv(store.records(), "labels"))).join("")).toBe("");
  });
});
