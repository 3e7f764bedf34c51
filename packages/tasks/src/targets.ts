import { type Batch, createBatch, rowOf, rowsOf } from "@ohmwork/core";

/** Classes as output voltages and back. */
export type Targets = {
  /** Number of output nodes. */
  readonly outputs: number;
  /** Class indices [rows] to volts [rows, outputs]. @throws RangeError when an index names no class */
  readonly encode: (labels: Uint32Array) => Batch;
  /** Volts [rows, outputs] to class indices [rows]. @throws RangeError when a value is not a number or the width is wrong */
  readonly decode: (outputs: Batch) => Uint32Array;
};

/** One output node; class c is at (c + 1) / (classes + 1) of the supply, and the nearest target is the answer. */
export function gradedTargets(classes: number, supplyVolts: number): Targets {
  const targets = Array.from({ length: classes }, (_, c) => [((c + 1) / (classes + 1)) * supplyVolts]);
  return targetTable(targets, ([volts]) => argmax(targets, ([target]) => -Math.abs((volts as number) - (target as number))));
}

/**
 * One output node per class: high for the row's own class and low for the others; the highest output is the answer.
 *
 * @param levels low and high as fractions of the supply. @default ¼ and ¾, which a network of finite resistances reaches
 */
export function oneOutputPerClass(
  classes: number,
  supplyVolts: number,
  levels: { readonly low: number; readonly high: number } = { low: 0.25, high: 0.75 },
): Targets {
  const indices = [...Array(classes).keys()];
  const rows = indices.map((c) => indices.map((output) => (output === c ? levels.high : levels.low) * supplyVolts));
  return targetTable(rows, (outputs) => argmax(outputs, (volts) => volts));
}

function targetTable(targets: readonly (readonly number[])[], classOf: (outputs: Float32Array) => number): Targets {
  const outputs = targets[0]?.length ?? 0;
  return {
    outputs,
    encode(labels) {
      const data = new Float32Array(labels.length * outputs);
      for (const [row, label] of labels.entries()) {
        const target = targets[label];
        if (target === undefined) throw new RangeError(`Label ${label} of row ${row} is not one of ${targets.length} classes`);
        data.set(target, row * outputs);
      }
      return createBatch(data, [labels.length, outputs]);
    },
    decode(batch) {
      const { count, width } = rowsOf(batch);
      if (width !== outputs) throw new RangeError(`Targets decode ${outputs} outputs a row: ${width} given`);
      return Uint32Array.from({ length: count }, (_, row) => {
        const values = rowOf(batch, row);
        if (values.some(Number.isNaN)) throw new RangeError(`Output of row ${row} is not a number`);
        return classOf(values);
      });
    },
  };
}

/** Index of the largest score; the first of equals. */
function argmax<T>(values: ArrayLike<T>, score: (value: T) => number): number {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (score(values[i] as T) > score(values[best] as T)) best = i;
  return best;
}
