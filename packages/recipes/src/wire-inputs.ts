import { type Batch, createBatch, rowsOf } from "@ohmwork/core";
import type { Examples, Task } from "@ohmwork/tasks";

/** A task whose inputs drive other sources: source s gets the task's input `wiring[s]`, as a wire from one to several pins does. */
export function wireInputs(task: Task, wiring: readonly number[]): Task {
  const wired = (examples: Examples): Examples => ({ ...examples, inputs: wire(examples.inputs, wiring) });
  const inputNames = wiring.map((input) => task.inputNames[input] ?? String(input));
  return { ...task, inputNames, train: wired(task.train), test: wired(task.test) };
}

function wire(inputs: Batch, wiring: readonly number[]): Batch {
  const { count, width } = rowsOf(inputs);
  const data = new Float32Array(count * wiring.length);
  for (let i = 0; i < data.length; i += 1) {
    const row = Math.floor(i / wiring.length);
    data[i] = inputs.data[row * width + (wiring[i % wiring.length] as number)] as number;
  }
  return createBatch(data, [count, wiring.length]);
}
