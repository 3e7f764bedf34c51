import { AbortedError, createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { drawParameters } from "../network/segment.ts";
import { ringParts, rings } from "../testing/rings.ts";
import { answers } from "./answers.ts";
import { rightAnswers } from "./right-answers.ts";
import type { TrainingCounts } from "./training-state.ts";

const { inputs } = rings(1100, 3);
const parts = ringParts();
const parameters = drawParameters(parts.plan.segments, 1);

describe("answers()", () => {
  it("gives every row its own scores, however many are asked for at once", async () => {
    for (const through of ["device", "twin"] as const) {
      const all = await answers(parts, parameters, inputs, { through });
      expect(all).toHaveLength(2200);
      for (const [from, to] of [
        [0, 1],
        [498, 503],
        [1000, 1100],
      ] as const) {
        const some = { data: inputs.data.slice(2 * from, 2 * to), shape: [to - from, 2] };
        const own = await answers(parts, parameters, some, { through });
        for (const [i, score] of own.entries()) expect(score).toBeCloseTo(all[2 * from + i] as number, 5);
      }
    }
  });

  it("loses a row alone whose drive is no number, and counts it", async () => {
    const odd = { ...inputs, data: inputs.data.with(2 * 7, Number.NaN).with(2 * 1050, Infinity) };
    for (const through of ["device", "twin"] as const) {
      const told: TrainingCounts[] = [];
      const whole = await answers(parts, parameters, inputs, { through });
      const scores = await answers(parts, parameters, odd, { through, onRows: (_, counts) => told.push(counts) });
      const lost = Array.from({ length: 1100 }, (_, row) => row).filter((row) => Number.isNaN(scores[2 * row]));
      expect(lost).toEqual([7, 1050]);
      const far = scores.filter((score, i) => !lost.includes(i >> 1) && !(Math.abs(score - (whole[i] as number)) < 1e-5));
      expect(far).toHaveLength(0);
      expect(told.map(({ lostRows }) => lostRows)).toEqual([1, 1, 2]);
      expect(told.at(-1)?.deviceEvaluations).toBe(through === "device" ? 2 * 1098 : 0);
    }
  });

  it("puts the fitted map behind the scores", async () => {
    const plain = await answers(parts, parameters, inputs, { through: "twin" });
    const mapped = await answers(parts, parameters, inputs, { through: "twin", readout: Float32Array.of(0, 2, -1, 0, 10, 20) });
    for (let row = 0; row < 1100; row += 1) {
      const [a, b] = [plain[2 * row] as number, plain[2 * row + 1] as number];
      expect(mapped[2 * row]).toBeCloseTo(10 - b, 4);
      expect(mapped[2 * row + 1]).toBeCloseTo(20 + 2 * a, 4);
    }
  });

  it("tells what is done and what it took of the devices, failed calls too", async () => {
    const told: [number, TrainingCounts][] = [];
    const failing = ringParts({ fails: (call) => call === 3 });
    await answers(failing, parameters, inputs, { through: "device", onRows: (...args) => told.push(args) });
    expect(told.map(([done, counts]) => [done, counts.deviceEvaluations, counts.retriedCalls])).toEqual([
      [500, 1000, 0],
      [1000, 2000, 1],
      [1100, 2200, 1],
    ]);
  });

  it("stops in one line when the device fails, and when it is told to", async () => {
    await expect(answers(ringParts({ fails: () => true }), parameters, inputs, { through: "device" })).rejects.toThrow(
      "Answering stopped: the device failed 3 times, the last time with: An answer of the device did not happen within 1 s",
    );
    const signal = AbortSignal.abort();
    for (const through of ["device", "twin"] as const)
      await expect(answers(parts, parameters, inputs, { through, signal })).rejects.toThrow(AbortedError);
  });
});

describe("rightAnswers()", () => {
  it("counts rows whose label has the highest score, the first of equals", () => {
    const scores = Float32Array.of(1, 2, 0, 3, 3, 1, -5, -4, -3, 0, 0, 0);
    expect(rightAnswers(scores, [1, 0, 2, 0])).toBe(4);
    expect(rightAnswers(scores, [0, 1, 1, 2])).toBe(0);
    for (const odd of [Number.NaN, Infinity]) expect(rightAnswers(scores.with(4, odd), [1, 0, 2, 0])).toBe(3);
    expect(rightAnswers(new Float32Array(6).fill(Number.NaN), [0, 0])).toBe(0);
    const { below } = createRandom(1, "labels of a test");
    const labels = Array.from({ length: 4 }, () => below(3));
    const wanted = labels.filter((label, row) => label === [1, 0, 2, 0][row]).length;
    expect(rightAnswers(scores, labels)).toBe(wanted);
  });
});
