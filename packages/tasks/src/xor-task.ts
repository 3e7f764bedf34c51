import { batchOf } from "@ohmwork/core";
import { regressionTask } from "./regression-task.ts";
import type { Task } from "./task.ts";

/** High level of an input [V]; low is 0 V. */
const highVolts = 0.45;
/** Fixed voltages beside the inputs [V]: a quarter and three quarters of the high level. */
const railVolts = [0.1125, 0.3375] as const;
/** Output that stands for true [V]; 0 V stands for false. */
const trueVolts = 0.0585;

/**
 * Exclusive or of two inputs, in one output that a network must read as the difference of two nodes, since no node of a passive
 * network falls below all its sources. Sources: both inputs, then two rails. No linear network comes below an error of
 * (58.5 mV / 2)², the baseline `linearRegression`. All four cases are both learnt and tested.
 */
export function xorTask(): Task {
  const cases = [0, 1].flatMap((first) => [0, 1].map((second) => ({ first, second })));
  const examples = {
    inputs: batchOf(cases.map(({ first, second }) => [first * highVolts, second * highVolts, ...railVolts])),
    labels: batchOf(cases.map(({ first, second }) => [first === second ? 0 : trueVolts])),
  };
  const task = regressionTask({
    name: "xor",
    supplyVolts: highVolts,
    inputNames: ["first", "second", ...railVolts.map((volts) => `${volts} V`)],
    train: examples,
    test: examples,
  });
  const baselines = (): Readonly<Record<string, number>> => {
    // Means of the sources say nothing of a difference, which may be negative.
    const { nonNegativeLeastSquares: _, ...others } = task.baselines();
    return others;
  };
  return { ...task, baselines };
}
