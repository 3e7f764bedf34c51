import { expect, test } from "vitest";
import { letGo } from "./let-go.ts";
import { noCounts, type TrainingState } from "./training-state.ts";

function stateOf(parameters: Float32Array, ...slots: Float32Array[]): TrainingState {
  return { phase: 0, epoch: 0, batch: 0, step: 0, parameters, slots, devices: {}, counts: noCounts };
}

test("letGo() gives back what is in no state that is kept, and what is whole", () => {
  const [old, shared, part] = [Float32Array.of(1, 2), Float32Array.of(3, 4), new Float32Array(8).subarray(2, 4)];
  letGo(stateOf(old, shared, part), [stateOf(Float32Array.of(5, 6), shared)]);
  expect([old.length, shared.length, part.length]).toEqual([0, 2, 2]);
});
