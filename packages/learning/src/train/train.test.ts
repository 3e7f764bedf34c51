import { AbortedError } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { ringOptions, ringParts, rings } from "../testing/rings.ts";
import { answers } from "./answers.ts";
import { type TrainingRule, trainingRules } from "./phase.ts";
import { rightAnswers } from "./right-answers.ts";
import { train, type TrainingParts, type TrainingProgress } from "./train.ts";
import { TrainingError } from "./training-error.ts";
import type { TrainingState } from "./training-state.ts";

const unseen = rings(200, 2);
const ROWS = 320;

async function finish(
  parts: TrainingParts,
  rule: TrainingRule,
  from?: TrainingState,
  onProgress?: (progress: TrainingProgress) => boolean,
): Promise<TrainingState> {
  const training = train(parts, trainingRules[rule], ringOptions, {
    seed: 1,
    reportEvery: 7,
    ...(from === undefined ? {} : { from }),
  });
  for (;;) {
    const next = await training.next();
    if (next.done === true) return next.value;
    if (onProgress?.(next.value) === true) {
      await training.return(next.value.state);
      return next.value.state;
    }
  }
}

async function accuracyOf(parts: TrainingParts, state: TrainingState, through: "device" | "twin"): Promise<number> {
  const scores = await answers(parts, state.parameters, unseen.inputs, { through, readout: state.readout });
  return rightAnswers(scores, unseen.labels) / unseen.labels.length;
}

describe("train()", () => {
  it("closes by PAT the gap that in-silico training falls into, which a refitted read-out closes in part", async () => {
    const accuracy: Record<string, number> = {};
    for (const rule of ["pat", "in-silico-then-transfer", "readout-refit", "in-silico-then-pat"] as const) {
      const parts = ringParts({ bend: 1 });
      const state = await finish(parts, rule);
      accuracy[rule] = await accuracyOf(parts, state, "device");
      if (rule === "in-silico-then-transfer") accuracy["in-silico"] = await accuracyOf(parts, state, "twin");
    }
    expect(accuracy["in-silico"]).toBeGreaterThan(0.95);
    expect(accuracy["pat"]).toBeGreaterThan(0.95);
    expect(accuracy["in-silico-then-pat"]).toBeGreaterThan(0.95);
    expect(accuracy["in-silico-then-transfer"]).toBeLessThan((accuracy["pat"] as number) - 0.05);
    expect(accuracy["readout-refit"]).toBeGreaterThanOrEqual(accuracy["in-silico-then-transfer"] as number);
  });

  it("counts the rows that went through the device", async () => {
    const state = await finish(ringParts(), "pat");
    expect(state.counts.deviceEvaluations).toBe(ringOptions.epochs * ROWS * 2);
    expect((await finish(ringParts(), "in-silico")).counts.deviceEvaluations).toBe(0);
  });

  it("goes on from any report to the same bits", async () => {
    for (const rule of ["pat", "in-silico-then-pat"] as const) {
      const whole = await finish(ringParts(), rule);
      for (const stop of [7, 147]) {
        const half = await finish(ringParts(), rule, undefined, ({ steps }) => steps >= stop);
        const resumed = await finish(ringParts(), rule, half);
        expect(resumed.parameters).toEqual(whole.parameters);
        expect(resumed.slots).toEqual(whole.slots);
      }
    }
  });

  it("leaves out a step whose measurement is no number, and counts it", async () => {
    const state = await finish(ringParts({ blind: (call) => call % 40 === 10 }), "pat");
    expect(state.counts.skippedSteps).toBe(12);
    expect(state.parameters.every(Number.isFinite)).toBe(true);
  });

  it("stops when nothing that is measured is a number", async () => {
    await expect(finish(ringParts({ blind: (call) => call > 100 }), "pat")).rejects.toThrow(
      new TrainingError("Training stopped: 20 steps in a row gave no finite loss and gradient, the last at step 70", {
        step: 69,
      }),
    );
  });

  it("makes a call again that failed, to the same bits, and counts it", async () => {
    const whole = await finish(ringParts(), "pat");
    const state = await finish(ringParts({ fails: (call) => call % 50 === 20 }), "pat");
    expect(state.parameters).toEqual(whole.parameters);
    expect(state.counts.retriedCalls).toBeGreaterThan(5);
  });

  it("stops when a device fails three times, with the last report to go on from", async () => {
    let last: TrainingState | undefined;
    const broken = finish(ringParts({ fails: (call) => call >= 101 }), "pat", undefined, ({ state }) => {
      last = state;
      return false;
    });
    await expect(broken).rejects.toThrow(
      "Training stopped at step 51: the device failed 3 times, the last time with: An answer of the device did not happen within 1 s",
    );
    expect(last?.step).toBe(49);
    expect((await finish(ringParts(), "pat", last)).parameters).toEqual((await finish(ringParts(), "pat")).parameters);
  });

  it("ends when it is told to", async () => {
    const abort = new AbortController();
    const training = train(ringParts(), trainingRules.pat, ringOptions, { seed: 1, reportEvery: 1, signal: abort.signal });
    await training.next();
    abort.abort();
    await expect(training.next()).rejects.toThrow(AbortedError);
  });
});
