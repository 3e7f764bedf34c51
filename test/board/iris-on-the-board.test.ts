import { recordMeasured, scaled } from "@ohmwork/core/testing";
import { expect, it } from "vitest";
import { runOhmwork } from "../cli/run-ohmwork.ts";

/** Seeds 1 to 5 when deep; the gate runs the first. */
const SEEDS = Array.from({ length: Math.ceil(scaled(50) / 10) }, (_, i) => i + 1);

type OnBoard = { testAccuracy: number; untrainedAccuracy: number; stepsPerBoardSecond: number; board: string; firmware: string };

it("the firmware on the emulated board learns iris: mean accuracy ≥ 0.94 at ≥ 150 presentations a second of its own time", async (context) => {
  const results: OnBoard[] = [];
  for (const seed of SEEDS) {
    const { code, out, err } = await runOhmwork(["learn", "iris", "--board", "virtual", "--seed", String(seed), "--json"]);
    expect(code, err).toBe(0);
    results.push(JSON.parse(out) as OnBoard);
  }
  const mean = (key: "testAccuracy" | "untrainedAccuracy"): number =>
    results.reduce((sum, one) => sum + one[key], 0) / results.length;
  recordMeasured(context, `mean test accuracy over seeds 1–${SEEDS.length}`, mean("testAccuracy"));
  recordMeasured(context, "presentations per board second, measurements included", results[0]?.stepsPerBoardSecond ?? 0);
  expect(mean("testAccuracy")).toBeGreaterThanOrEqual(0.94);
  expect(mean("untrainedAccuracy")).toBeLessThan(0.7); // it is learned
  for (const { stepsPerBoardSecond, board, firmware } of results) {
    expect(stepsPerBoardSecond).toBeGreaterThanOrEqual(150); // emulated cycles, not wall time: the same on every machine
    expect(board).toBe("virtual");
    expect(firmware).toMatch(/^\d+\.\d+\.\d+ [\dA-F]{8}$/);
  }
});
