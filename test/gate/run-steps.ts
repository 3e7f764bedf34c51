import type { Step } from "./step.ts";

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** Runs every step, whatever became of those before it, with one line for each. */
export async function runSteps(steps: readonly Step[]): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run } of steps) {
    const begun = performance.now();
    const { state, detail } = await run();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    counts[state] += 1;
    const reason = state === "skipped" ? `: ${detail}` : "";
    console.log(`${name.padEnd(10)} ${state.padEnd(7)} ${seconds.padStart(6)} s${reason}`);
    if (state === "failed") console.log(detail.replaceAll(/^/gm, "    "));
  }
  return counts;
}

/** Tests that were skipped for want of data sets that nobody can install. */
type WithData = { readonly withoutData: number };

/**
 * Tests and steps together. Nothing tested is one failure more, and so is each skip where everything is required, but for
 * want of data.
 */
export function totalOf(tests: Counts & WithData, steps: Counts, requireAll: boolean): Counts {
  const skipped = tests.skipped + steps.skipped;
  const missed = requireAll ? skipped - tests.withoutData : 0;
  const untested = tests.passed + tests.failed === 0 ? 1 : 0;
  return {
    passed: tests.passed + steps.passed,
    failed: tests.failed + steps.failed + untested + missed,
    skipped: skipped - missed,
  };
}

/** Ends a run of tests: the closing line alone, and an exit code of 1 if anything failed or nothing was tested. */
export function conclude(tests: Counts & WithData, steps: Counts): void {
  const requireAll = process.env["OHMWORK_REQUIRE_ALL"] === "1";
  const skips = tests.skipped + steps.skipped - tests.withoutData;
  if (tests.passed + tests.failed === 0) console.log("No test ran");
  if (requireAll && skips > 0) console.log(`Skipped, which OHMWORK_REQUIRE_ALL=1 counts as failed: ${skips}`);
  const { passed, failed, skipped } = totalOf(tests, steps, requireAll);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}
