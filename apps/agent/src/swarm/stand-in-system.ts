import {
  AbortedError,
  checkInputs,
  checkParameters,
  createBatch,
  createRandom,
  type PhysicalSystem,
  type Port,
  type Revision,
  rowsOf,
  throwIfAborted,
  widthOf,
} from "@ohmwork/core";

export type StandInOptions = Pick<PhysicalSystem, "ports" | "stages"> & {
  /** Draws the gain of each output. */
  readonly seed: number;
};

const largestBatch = 4096;

/**
 * A system with the ports of another one and physics that cost next to nothing: output j is tanh of one input times one parameter
 * and a gain drawn for j, brought into the window of its port.
 */
export function createStandIn({ ports, stages, seed }: StandInOptions): PhysicalSystem {
  const random = createRandom(seed, "gains of a stand-in");
  const inputs = widthOf(ports.inputs);
  const [low, high] = windowOf(ports.outputs);
  const gains = Float32Array.from({ length: low.length }, () => 0.5 + random.uniform());
  let values = new Float32Array(widthOf(ports.parameters));
  let revision = 0 as Revision;
  let disposed = false;
  const usable = (signal: AbortSignal | undefined): void => {
    throwIfAborted(signal, "A measurement");
    if (disposed) throw new AbortedError("The simulated device");
  };

  const outputOf = (row: Float32Array, at: number, j: number): number => {
    const drive = row[at + (j % inputs)] as number;
    const parameter = values.length === 0 ? 0 : (values[j % values.length] as number);
    const answer = Math.tanh((gains[j] as number) * drive * (1 + parameter));
    const [least, most] = [low[j] as number, high[j] as number];
    return least + ((most - least) * (1 + answer)) / 2;
  };

  return {
    ports,
    stages,
    traits: { repeatable: true, remote: false, largestBatch },
    program: async (parameters, call) => {
      usable(call?.signal);
      checkParameters(ports.parameters, parameters);
      values = parameters.slice();
      revision = (revision + 1) as Revision;
      return revision;
    },
    respond: async (given, call) => {
      usable(call?.signal);
      checkInputs(ports.inputs, given, largestBatch);
      const { count } = rowsOf(given);
      const measured = stages.map(({ name, width }) => {
        const data = new Float32Array(count * width);
        for (let row = 0; row < count; row += 1)
          for (let j = 0; j < width; j += 1) data[row * width + j] = outputOf(given.data, row * inputs, j % low.length);
        return [name, createBatch(data, [count, width])] as const;
      });
      return { revision, stages: Object.fromEntries(measured) };
    },
    [Symbol.asyncDispose]: async () => void (disposed = true),
  };
}

/** Least and greatest value of each number; a side that has no end counts as 1. */
function windowOf(ports: readonly Port[]): readonly [Float32Array, Float32Array] {
  const side = (end: "min" | "max"): Float32Array =>
    Float32Array.from(
      ports.flatMap((port) =>
        Array.from({ length: port.size }, () => (Number.isFinite(port[end]) ? port[end] : { min: -1, max: 1 }[end])),
      ),
    );
  return [side("min"), side("max")];
}
