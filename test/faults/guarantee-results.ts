import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { join, relative } from "node:path";
import type { GuaranteeResult } from "@ohmwork/core/testing";
import { reports, root } from "../gate/tool.ts";

/** A result with what there is to know of the run that it comes from. */
export type KeptResult = GuaranteeResult & {
  /** Of the test, from the root of the repository. */
  readonly file: string;
  readonly test: string;
  readonly isDeep: boolean;
  /** `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  readonly machine: string;
};

/** The part that is read of vitest's JSON report. */
type VitestReport = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly meta?: { readonly guarantees?: readonly GuaranteeResult[] };
    }[];
  }[];
};

const keptFile = join(reports, "guarantees.json");

/** Results of earlier runs with those of this one: a file that ran now stands for itself anew, deep and in the gate apart. */
export function mergeResults(
  earlier: readonly KeptResult[],
  report: VitestReport,
  run: Pick<KeptResult, "isDeep" | "date" | "machine">,
): KeptResult[] {
  const files = new Set(report.testResults.map(({ name }) => relative(root, name)));
  const fresh = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "passed")
      .flatMap(({ fullName, meta }) =>
        (meta?.guarantees ?? []).map((result) => ({ ...result, file: relative(root, name), test: fullName, ...run })),
      ),
  );
  return [...earlier.filter(({ file, isDeep }) => isDeep !== run.isDeep || !files.has(file)), ...fresh];
}

/** Adds the results of the run of tests that ended last to those that are kept; gives those of this run. */
export function keepResults(isDeep: boolean): KeptResult[] {
  const file = join(reports, "vitest.json");
  if (!existsSync(file)) return [];
  const report = JSON.parse(readFileSync(file, "utf8")) as VitestReport;
  const run = { isDeep, date: new Date().toISOString().slice(0, 10), machine: machineClass() };
  writeFileSync(keptFile, JSON.stringify(mergeResults(keptResults(), report, run), undefined, 1));
  return mergeResults([], report, run);
}

/** What is kept of all runs, as far as its tests are still there. */
export function keptResults(): KeptResult[] {
  if (!existsSync(keptFile)) return [];
  const kept = JSON.parse(readFileSync(keptFile, "utf8")) as KeptResult[];
  return kept.filter(({ file }) => existsSync(join(root, file)));
}

function machineClass(): string {
  const [node] = process.versions.node.split(".");
  return `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} on ${arch()}, Node ${node}`;
}
