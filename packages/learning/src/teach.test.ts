import {
  type Batch,
  batchOf,
  type LearnOptions,
  type LearnProgress,
  type Revision,
  rowOf,
  rowsOf,
  type SelfLearningSystem,
} from "@ohmwork/core";
import { expect, it } from "vitest";
import { teach } from "./teach.ts";

/** Remembers what it was shown; learns nothing. */
function recorder(): { system: SelfLearningSystem; shown: number[][] } {
  const shown: number[][] = [];
  async function* learn(inputs: Batch, labels: Batch, options: LearnOptions): AsyncGenerator<LearnProgress> {
    for (let i = 0; i < options.steps; i += 1) shown.push([...rowOf(inputs, i % rowsOf(inputs).count), ...rowOf(labels, i)]);
    yield { step: options.steps, error: 0, taught: options.steps, revision: 0 as Revision };
  }
  const refuse = (): never => {
    throw new TypeError("The recorder only learns");
  };
  const system: SelfLearningSystem = {
    ports: { inputs: [], parameters: [], outputs: [] },
    traits: { repeatable: true, remote: false, largestBatch: 1 },
    stages: [],
    program: refuse,
    respond: refuse,
    parameters: refuse,
    learn,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { system, shown };
}

const lesson = { inputs: batchOf([[1], [2], [3], [4]]), labels: batchOf([[10], [20], [30], [40]]) };

it("teach() shows every row once a pass, each with its own label, in a new order each time", async () => {
  const { system, shown } = recorder();
  const steps: number[] = [];
  for await (const { step } of teach(system, lesson, { steps: 40, seed: 1, reportEvery: 7 })) steps.push(step);
  expect(steps).toEqual([7, 14, 21, 28, 35, 40]); // reports do not end on passes of four
  expect(shown.every(([input, label]) => label === 10 * (input as number))).toBe(true);
  const passes = Array.from({ length: 10 }, (_, pass) => shown.slice(4 * pass, 4 * pass + 4).map(([input]) => input as number));
  for (const pass of passes) expect(pass.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  expect(new Set(passes.map((pass) => pass.join())).size).toBeGreaterThan(3);
});

it("teach() shows the same order for the same seed, and another for another", async () => {
  const orders = await Promise.all(
    [1, 1, 2].map(async (seed) => {
      const { system, shown } = recorder();
      for await (const _ of teach(system, lesson, { steps: 20, seed }));
      return shown.join();
    }),
  );
  expect(orders[0]).toBe(orders[1]);
  expect(orders[0]).not.toBe(orders[2]);
});

it("teach() shows the same whatever is reported in between", async () => {
  const orders: string[] = [];
  for (const reportEvery of [1, 3, 4, 20]) {
    const { system, shown } = recorder();
    for await (const _ of teach(system, lesson, { steps: 20, seed: 1, reportEvery }));
    orders.push(shown.join());
  }
  expect(new Set(orders).size).toBe(1);
});

it("teach() refuses numbers of steps and reports that would never end", async () => {
  const { system } = recorder();
  for (const options of [{ steps: 0 }, { steps: 1.5 }, { steps: 4, reportEvery: 0 }]) {
    await expect(teach(system, lesson, { seed: 1, ...options }).next()).rejects.toThrow(RangeError);
  }
});

it("teach() stops at its number of steps and refuses an empty lesson", async () => {
  const { system, shown } = recorder();
  for await (const _ of teach(system, lesson, { steps: 7, seed: 1, reportEvery: 3 }));
  expect(shown).toHaveLength(7);
  const empty = { inputs: { data: new Float32Array(0), shape: [0, 1] }, labels: { data: new Float32Array(0), shape: [0, 1] } };
  await expect(teach(system, empty, { steps: 1, seed: 1 }).next()).rejects.toThrow(RangeError);
});
