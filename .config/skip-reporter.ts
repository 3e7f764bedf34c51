import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

/** Names every skipped test with its reason, so that what was not tested is never silent. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const testModule of modules) {
      for (const test of testModule.children.allTests("skipped")) {
        const { note } = test.result() as { note?: string };
        const file = relative(process.cwd(), testModule.moduleId);
        console.log(`Skipped: ${file}: ${test.fullName}: ${note ?? "no reason given"}`);
      }
    }
  }
}
