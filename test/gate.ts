import { keepResults } from "./faults/guarantee-results.ts";
import { checkGenerated } from "./gate/generated.ts";
import { checkHygiene } from "./gate/hygiene.ts";
import { checkLaunched } from "./gate/launched.ts";
import { proveLintRules } from "./gate/lint-proof.ts";
import { checkPackageExports } from "./gate/package-exports.ts";
import { conclude, runSteps } from "./gate/run-steps.ts";
import { type Step, toolStep } from "./gate/step.ts";
import { runTool } from "./gate/tool.ts";
import { runTests } from "./gate/vitest-report.ts";

// The one gate: `npm test` runs what CI runs. Arguments go to vitest, which then runs alone: `npm test -- packages/circuit`.

const steps: readonly Step[] = [
  toolStep("format", () => runTool(["oxfmt", "--check"])),
  toolStep("lint", () => runTool(["oxlint", "--type-aware", "--deny-warnings"])),
  { name: "lint rules", run: proveLintRules },
  toolStep("types", () => runTool(["tsc", "-p", ".config/tsconfig.check.json"])),
  toolStep("boundaries", () => runTool(["turbo", "boundaries"])),
  toolStep("unused", () => runTool(["knip"])),
  toolStep("build", () => runTool(["turbo", "run", "build", "--output-logs=errors-only", "--ui=stream"])),
  { name: "exports", run: checkPackageExports },
  { name: "launched", run: checkLaunched },
  { name: "generated", run: () => checkGenerated() },
  { name: "hygiene", run: checkHygiene },
];

const filters = process.argv.slice(2);
const begun = performance.now();
const counts = await runSteps(filters.length === 0 ? steps : []);
const tests = await runTests(filters);
keepResults(process.env["OHMWORK_DEEP"] === "1");
console.log(`The gate took ${Math.round((performance.now() - begun) / 1000)} s`);
// Each test counts as one, and so does each step before them.
conclude(tests, counts);
