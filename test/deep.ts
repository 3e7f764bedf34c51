import { keepResults } from "./faults/guarantee-results.ts";
import { checkGenerated } from "./gate/generated.ts";
import { conclude, runSteps } from "./gate/run-steps.ts";
import { runTests } from "./gate/vitest-report.ts";

// The same tests with their full counts: `npm run test:deep [-- filters]`. Prints what they measured.

const filters = process.argv.slice(2);
const begun = performance.now();
const counts = await runSteps(filters.length === 0 ? [{ name: "generated", run: () => checkGenerated({ slow: true }) }] : []);
const tests = await runTests(filters, { OHMWORK_DEEP: "1" });
if (tests.measured.length > 0) console.log("Measured:");
for (const { file, name, value } of tests.measured) console.log(`  ${file}: ${name}: ${value}`);
for (const { guarantee, fault, count, seed, unguarded } of keepResults(true)) {
  console.log(
    `  ${guarantee}: ${unguarded === true ? "without its guard: " : ""}${fault}: ${count}${seed === undefined ? "" : `, seed ${seed}`}`,
  );
}
console.log(`The deep tests took ${Math.round((performance.now() - begun) / 1000)} s`);
conclude(tests, counts);
