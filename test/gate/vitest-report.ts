import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { reports, root, runTool } from "./tool.ts";

/** What came of all test files: counts, and the figures that tests recorded. */
export type TestCounts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of the skipped, those for want of data sets that are not part of the project. */
  readonly withoutData: number;
  readonly measured: readonly { readonly file: string; readonly name: string; readonly value: number | string }[];
};

/** The part that is read of vitest's JSON report. */
export type VitestReport = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly meta?: { readonly measured?: Readonly<Record<string, number | string>>; readonly needsData?: string };
    }[];
  }[];
};

/** Runs the tests before the eyes of the user and counts them from vitest's own report. */
export async function runTests(filters: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<TestCounts> {
  const file = join(reports, "vitest.json");
  rmSync(file, { force: true });
  const options = [
    "--allowOnly=false",
    "--reporter=default",
    `--reporter=${join(root, ".config", "skip-reporter.ts")}`,
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  // A temporary folder of their own, so that what a killed test leaves there goes with it.
  const scratch = mkdtempSync(join(tmpdir(), "ohmwork-tests-"));
  // A database or broker that root starts works as a user of its own: it must be able to pass through.
  chmodSync(scratch, 0o711);
  try {
    const { code } = await runTool(["vitest", "run", "--config", ".config/vitest.config.ts", ...options, ...filters], {
      show: true,
      env: { ...env, TMPDIR: scratch, TMP: scratch, TEMP: scratch },
    });
    if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, withoutData: 0, measured: [] };
    return countTests(JSON.parse(readFileSync(file, "utf8")) as VitestReport, code);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * A file that fails without a failed test (it did not load, or its hooks threw) counts as one failure, and so does a
 * runner that exits with an error though no test failed (an error outside any test).
 */
export function countTests(report: VitestReport, exitCode: number): TestCounts {
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const passed = results.filter(({ status }) => status === "passed").length;
  const failedTests = results.filter(({ status }) => status === "failed").length;
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((one) => one.status !== "failed"),
  ).length;
  const failed = failedTests + brokenFiles;
  const measured = report.testResults.flatMap(({ name: path, assertionResults }) =>
    assertionResults.flatMap(({ meta }) =>
      Object.entries(meta?.measured ?? {}).map(([name, value]) => ({ file: relative(root, path), name, value })),
    ),
  );
  return {
    passed,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: results.length - passed - failedTests,
    withoutData: results.filter(({ status, meta }) => status !== "passed" && status !== "failed" && meta?.needsData !== undefined)
      .length,
    measured,
  };
}
