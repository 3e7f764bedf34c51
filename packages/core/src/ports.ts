import { type Batch, rowsOf } from "./batch.ts";
import { PortRangeError } from "./errors.ts";
import type { Port, Ports } from "./physical-system.ts";

/** Values that a list of ports holds together. */
export function widthOf(ports: readonly Port[]): number {
  return ports.reduce((width, port) => width + port.size, 0);
}

/**
 * Refuses values that do not fit the ports: rows of `values` stand one after the other.
 *
 * @param mayBeMissing NaN stands for no value and is let through
 * @throws PortRangeError naming port, channel, value and window
 */
function checkPortValues(ports: readonly Port[], values: Float32Array, mayBeMissing = false): void {
  const width = widthOf(ports);
  for (let row = 0; row < values.length; row += width) {
    let offset = row;
    for (const port of ports) {
      // Float32 cannot hold every double: 0.1 stored is 1e-9 above it, and must not be refused for that.
      const low = Math.min(port.min, Math.fround(port.min));
      const high = Math.max(port.max, Math.fround(port.max));
      for (let i = 0; i < port.size; i += 1) {
        const value = values[offset + i] as number;
        if (mayBeMissing && Number.isNaN(value)) continue;
        if (value >= low && value <= high) continue;
        throw new PortRangeError(`Port ${port.name}[${i}] was given ${value} ${port.unit}: expected ${port.min} to ${port.max}`, {
          port: port.name,
          index: i,
          value,
          min: port.min,
          max: port.max,
        });
      }
      offset += port.size;
    }
  }
}

/**
 * Refuses a batch that a system with these input ports cannot take.
 *
 * @throws RangeError when the width is wrong or there are more rows than `largestBatch`
 * @throws PortRangeError when a value is outside its window
 */
export function checkInputs(ports: readonly Port[], inputs: Batch, largestBatch: number): void {
  const { count, width } = rowsOf(inputs);
  const expected = widthOf(ports);
  if (width !== expected) throw new RangeError(`Inputs must have ${expected} values a row: ${width} given`);
  if (count > largestBatch) throw new RangeError(`Inputs may have ${largestBatch} rows at most: ${count} given`);
  checkPortValues(ports, inputs.data);
}

/**
 * Refuses what a self-learning system with these ports cannot learn from; a NaN label stands for none.
 *
 * @returns rows of the lesson
 * @throws RangeError when rows or widths disagree, there is no row, or `steps` or `reportEvery` is not a whole number of 1 or more
 * @throws PortRangeError when an input or a label is outside its window
 */
export function checkLesson(ports: Ports, inputs: Batch, labels: Batch, options: { steps: number; reportEvery: number }): number {
  const { count } = rowsOf(inputs);
  checkInputs(ports.inputs, inputs, count);
  const expected = [count, widthOf(ports.outputs)];
  if (labels.shape.join() !== expected.join()) {
    throw new RangeError(`Labels must have shape [${expected.join(", ")}]: [${labels.shape.join(", ")}] given`);
  }
  if (count === 0) throw new RangeError("Learning needs at least one row: 0 given");
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`Learning needs ${name} of 1 or more: ${value} given`);
  }
  checkPortValues(ports.outputs, labels.data, true);
  return count;
}

/** @throws RangeError when the number of values is wrong; PortRangeError when one is outside its window */
export function checkParameters(ports: readonly Port[], values: Float32Array): void {
  const expected = widthOf(ports);
  if (values.length !== expected) throw new RangeError(`Parameters must be ${expected} values: ${values.length} given`);
  checkPortValues(ports, values);
}
