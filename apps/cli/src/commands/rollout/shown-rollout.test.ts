import { describe, expect, it } from "vitest";
import { linesOf, rolloutSchema, summaryOf } from "./shown-rollout.ts";

const rollout = rolloutSchema.parse({
  id: "spring",
  phase: "stopped",
  wave: 1,
  plan: { errorShare: 0 },
  history: [
    { at: 0, by: "ada", what: "started", detail: "3 devices in 2 waves" },
    { at: 1000, by: "trainer", what: "stopped", detail: "1 of 2 devices of wave 2 failed" },
  ],
  targets: [
    { device: "d1", wave: 0, phase: "good", version: 4 },
    { device: "d2", wave: 1, phase: "failed", version: 1, reason: "worse", detail: "It was 1" },
    { device: "d3", wave: 1, phase: "failed", reason: "refused", detail: "" },
  ],
});

describe("a rollout on a terminal", () => {
  it("is one line that says where it stands and why", () => {
    expect(summaryOf(rollout)).toBe("spring  stopped (1 of 2 devices of wave 2 failed), wave 2: 1 good, 2 failed");
    expect(summaryOf({ id: "a", phase: "running", wave: 0, history: [] })).toBe("a  running, wave 1");
  });
  it("shows each device, and who did what when", () => {
    const lines = linesOf(rollout).join("\n");
    expect(lines).toContain("wave 1  good v4");
    expect(lines).toContain("wave 2  failed v1 (worse: It was 1)");
    expect(lines).toContain("wave 2  failed (refused)\n");
    expect(lines).toContain("1970-01-01T00:00:01.000Z");
    expect(lines).toContain("started by ada: 3 devices in 2 waves");
  });
});
