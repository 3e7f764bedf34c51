import { type Batch, createBatch, type PhysicalSystem, type Port, type Random, throwIfAborted, widthOf } from "@ohmwork/core";

/** Rows that were measured, with the parameters that were set while each was: inputs [rows × n], parameters [rows × p], outputs [rows × m]. */
export type FitSamples = {
  readonly rows: number;
  readonly inputs: Float32Array;
  readonly parameters: Float32Array;
  readonly outputs: Float32Array;
};

/** The rows from `from` up to, not including, `to`. */
export function rowsOfSamples({ rows, inputs, parameters, outputs }: FitSamples, from: number, to: number): FitSamples {
  const cut = (values: Float32Array): Float32Array => {
    const width = values.length / rows;
    return values.subarray(from * width, to * width);
  };
  return { rows: to - from, inputs: cut(inputs), parameters: cut(parameters), outputs: cut(outputs) };
}

/** Measures rows drawn evenly from the windows of all ports, `rowsPerSetting` at each draw of the parameters. The last draw stays set. */
export async function measureSamples(
  system: PhysicalSystem,
  rows: number,
  random: Random,
  options: {
    readonly rowsPerSetting: number;
    readonly signal?: AbortSignal | undefined;
    readonly onRows?: (measured: number) => void;
  },
): Promise<FitSamples> {
  const { inputs, parameters, outputs } = system.ports;
  const [n, p, m] = [widthOf(inputs), widthOf(parameters), widthOf(outputs)];
  const most = Math.min(system.traits.largestBatch, p === 0 ? rows : options.rowsPerSetting);
  const samples = {
    rows,
    inputs: new Float32Array(rows * n),
    parameters: new Float32Array(rows * p),
    outputs: new Float32Array(rows * m),
  };
  const call = options.signal === undefined ? {} : { signal: options.signal };
  for (let row = 0; row < rows; row += most) {
    throwIfAborted(options.signal, "Measuring for a twin");
    const count = Math.min(most, rows - row);
    if (p > 0) {
      const setting = drawn(parameters, 1, random);
      await system.program(setting, call);
      for (let k = 0; k < count; k += 1) samples.parameters.set(setting, (row + k) * p);
    }
    const drives = drawn(inputs, count, random);
    const { stages } = await system.respond(createBatch(drives, [count, n]), call);
    samples.inputs.set(drives, row * n);
    samples.outputs.set((stages[system.stages.at(-1)?.name as string] as Batch).data, row * m);
    options.onRows?.(row + count);
  }
  return samples;
}

/** Rows drawn evenly from the windows of these ports; stepped ones get one of their positions. */
function drawn(ports: readonly Port[], rows: number, random: Random): Float32Array {
  const row = ports.flatMap((port) => Array.from({ length: port.size }, () => port));
  return Float32Array.from({ length: rows * row.length }, (_, i) => {
    const { min, max, levels } = row[i % row.length] as Port;
    const share = levels === undefined ? random.uniform() : random.below(levels) / Math.max(1, levels - 1);
    return min + share * (max - min);
  });
}
