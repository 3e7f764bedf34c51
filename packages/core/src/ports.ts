import { type Batch, rowsOf } from "./batch.ts";
import { PortRangeError } from "./errors.ts";
import type { Port } from "./physical-system.ts";

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
      for (let i = 0; i < port.size; i += 1) {
        const value = values[offset + i] as number;
        if (mayBeMissing && Number.isNaN(value)) continue;
        // Float32 cannot hold every double: 0.1 stored is 1e-9 above it, and must not be refused for that.
        if (value >= Math.min(port.min, Math.fround(port.min)) && value <= Math.max(port.max, Math.fround(port.max))) continue;
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
 * Refuses labels that a system with these output ports cannot take; NaN stands for no label.
 *
 * @throws RangeError when there is not one row of labels per row of inputs, or the width is wrong
 * @throws PortRangeError when a label is outside its window
 */
export function checkLabels(ports: readonly Port[], labels: Batch, rows: number): void {
  const expected = [rows, widthOf(ports)];
  if (labels.shape.join() !== expected.join()) {
    throw new RangeError(`Labels must have shape [${expected.join(", ")}]: [${labels.shape.join(", ")}] given`);
  }
  checkPortValues(ports, labels.data, true);
}

/** @throws RangeError when the number of values is wrong; PortRangeError when one is outside its window */
export function checkParameters(ports: readonly Port[], values: Float32Array): void {
  const expected = widthOf(ports);
  if (values.length !== expected) throw new RangeError(`Parameters must be ${expected} values: ${values.length} given`);
  checkPortValues(ports, values);
}
