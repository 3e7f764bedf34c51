import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../gate/tool.ts";
import { type KeptResult, mergeResults } from "./guarantee-results.ts";
import { guaranteesPage } from "./guarantees-page.ts";
import { notGuaranteed } from "./not-guaranteed.ts";
import { promises } from "./promises.ts";

const run = { isDeep: false, date: "2026-01-02", machine: "2 cores" };
const result = { guarantee: "P1", fault: "kills", count: 1234, seed: 5, measured: { "lost [samples]": 0 } } as const;
const reportOf = (file: string, status: string): Parameters<typeof mergeResults>[1] => ({
  testResults: [{ name: join(root, file), assertionResults: [{ fullName: "a test", status, meta: { guarantees: [result] } }] }],
});
const kept = (changes: Partial<KeptResult> = {}): KeptResult => ({
  ...result,
  ...run,
  file: "a.test.ts",
  test: "a test",
  ...changes,
});

describe("mergeResults()", () => {
  it("takes the place of what the same file gave in a run of the same kind, and of nothing else", () => {
    const earlier = [kept({ count: 1 }), kept({ count: 2, isDeep: true }), kept({ count: 3, file: "b.test.ts" })];
    expect(mergeResults(earlier, reportOf("a.test.ts", "passed"), run)).toEqual([earlier[1], earlier[2], kept()]);
  });

  it("takes nothing from a test that failed, and forgets what it gave before", () => {
    expect(mergeResults([kept()], reportOf("a.test.ts", "failed"), run)).toEqual([]);
  });
});

describe("guaranteesPage()", () => {
  it("shows count, seed, figures and where it comes from, deep before the gate", () => {
    const page = guaranteesPage([kept({ count: 9 }), kept({ isDeep: true }), kept({ fault: "others", file: "b.test.ts" })]);
    expect(page).toContain("| kills | 1,234 *deep* | 5 | lost [samples]: 0 | [a.test.ts](../a.test.ts), 2026-01-02 |");
    expect(page).toContain("| others | 1,234 | 5 |");
    expect(page).not.toContain("| kills | 9 |");
  });

  it("says what nothing was tried of, and what was not seen to fail", () => {
    const page = guaranteesPage([kept({ isDeep: true })]);
    expect(page).toMatch(/## P1 [^#]*\*\*Open\*\*: not seen to fail without its guard\./);
    expect(page).toContain(
      "| P1 | No acknowledged sample is lost, and none that was taken in | 1 |  | not seen to fail without its guard |",
    );
    expect(page).toMatch(/## P9 [^#]*\*\*Open\*\*: nothing was tried yet\./);
    expect(page).toMatch(/## P20 [^#]*\*\*Open\*\*: there is no sound capture yet\./);
    expect(guaranteesPage([kept()])).toMatch(/## P1 [^#]*1 of 1 with the count of the gate only; not seen/);
    expect(guaranteesPage([kept({ isDeep: true }), kept({ isDeep: true, unguarded: true })])).not.toMatch(/## P1 [^#]*Open/);
  });

  it("is what docs/guarantees.md was made by: it has every promise, and all that is not promised", () => {
    const page = readFileSync(join(root, "docs", "guarantees.md"), "utf8");
    for (const { id, promise, wanted } of promises) expect(page).toContain(`## ${id} ${promise}\n\nTo be tried: ${wanted}.`);
    for (const line of notGuaranteed) expect(page).toContain(`- ${line}\n`);
  });
});
