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

/** Ends a run of tests: the closing line alone, and an exit code of 1 if anything failed or nothing was tested. */
export function conclude(tests: Counts, steps: Counts): void {
  const failed = tests.failed + steps.failed + (tests.passed + tests.failed === 0 ? 1 : 0);
  if (tests.passed + tests.failed === 0) console.log("No test ran");
  console.log(`${tests.passed + steps.passed} passed, ${failed} failed, ${tests.skipped + steps.skipped} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}
