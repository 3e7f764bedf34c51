import { describe, expect, it } from "vitest";
import { countTests, type VitestReport } from "./vitest-report.ts";

const file = (status: string, ...statuses: string[]): VitestReport["testResults"][number] => ({
  name: "x.test.ts",
  status,
  assertionResults: statuses.map((one) => ({ status: one })),
});

describe("countTests()", () => {
  it("counts tests by their state, with pending and todo as skipped", () => {
    const counts = countTests(
      { testResults: [file("failed", "passed", "failed"), file("passed", "passed", "skipped", "pending", "todo")] },
      1,
    );
    expect(counts).toMatchObject({ passed: 2, failed: 1, skipped: 3 });
  });

  it("counts a file that did not load as a failure", () => {
    expect(countTests({ testResults: [file("failed"), file("passed", "passed")] }, 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it("counts a file whose hook threw after its tests had passed as a failure", () => {
    expect(countTests({ testResults: [file("failed", "passed", "passed")] }, 1)).toMatchObject({ passed: 2, failed: 1 });
  });

  it("counts an error outside any test, which only the exit code tells", () => {
    expect(countTests({ testResults: [file("passed", "passed")] }, 1)).toMatchObject({ passed: 1, failed: 1 });
    expect(countTests({ testResults: [file("passed", "passed")] }, 0)).toMatchObject({ passed: 1, failed: 0 });
  });

  it("collects what tests measured", () => {
    const testResults = [
      {
        name: "x.test.ts",
        status: "passed",
        assertionResults: [{ status: "passed", meta: { measured: { "error [V]": 1e-9 } } }],
      },
    ];
    expect(countTests({ testResults }, 0).measured).toEqual([expect.objectContaining({ name: "error [V]", value: 1e-9 })]);
  });
});
