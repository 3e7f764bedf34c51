import { createBuilder, type Graph, int, tensor } from "@ohmwork/autograd";
import {
  type Batch,
  createBatch,
  DeadlineExceededError,
  type Measured,
  type PhysicalSystem,
  type Port,
  type Revision,
} from "@ohmwork/core";

/** What a test may break in its device. */
export type Breakage = {
  /** Calls, counted from 0, that throw. */
  readonly fails?: (call: number) => boolean;
  /** Calls that answer with no numbers. */
  readonly blind?: (call: number) => boolean;
};

/** Ports of a device of `width` inputs, that many outputs and a matrix of parameters. */
export function bentPorts(width: number): { inputs: readonly Port[]; parameters: readonly Port[]; outputs: readonly Port[] } {
  const port = (name: string, size: number, limit: number): Port => ({ name, unit: "", size, min: -limit, max: limit });
  return {
    inputs: [port("drive", width, 100)],
    parameters: [port("matrix", width * width, 4)],
    outputs: [port("answer", width, 1)],
  };
}

/** tanh(x A), as the twin knows it; with the factors of a device it is the device itself. */
export function bentTwin(width: number, factors?: Float32Array): Graph {
  const g = createBuilder();
  const x = g.input("inputs", "float32", ["rows", width]);
  const parameters = g.input("parameters", "float32", [width * width]);
  const bent = factors === undefined ? parameters : g.mul(parameters, g.constant(tensor("float32", [width * width], factors)));
  const matrix = g.reshape(bent, [width, width]);
  return g.build({ outputs: { answer: g.tanh(g.op("Gemm", [x, matrix], { transB: int(0) })) } });
}

/** tanh(x A) with each element of A bent by its own factor: a device for tests, whose `calls` can be counted. */
export function createBentDevice(
  width: number,
  factors: Float32Array,
  breakage: Breakage = {},
): PhysicalSystem & { readonly calls: () => number } {
  let matrix = new Float32Array(width * width);
  let revision = 0;
  let calls = 0;
  const respond = async (inputs: Batch): Promise<Measured> => {
    const call = calls;
    calls += 1;
    if (breakage.fails?.(call) === true) throw new DeadlineExceededError("An answer of the device", 1);
    const rows = inputs.shape[0] as number;
    const data = new Float32Array(rows * width);
    for (let row = 0; row < rows; row += 1) {
      for (let to = 0; to < width; to += 1) {
        let sum = 0;
        for (let from = 0; from < width; from += 1) {
          const at = from * width + to;
          sum += (inputs.data[row * width + from] as number) * (matrix[at] as number) * (factors[at] as number);
        }
        data[row * width + to] = breakage.blind?.(call) === true ? Number.NaN : Math.tanh(sum);
      }
    }
    return { revision: revision as Revision, stages: { answer: createBatch(data, [rows, width]) } };
  };
  return {
    ports: bentPorts(width),
    traits: { repeatable: true, remote: false, largestBatch: 4096 },
    stages: [{ name: "answer", width }],
    async program(parameters) {
      matrix = Float32Array.from(parameters);
      return (revision += 1) as Revision;
    },
    respond,
    calls: () => calls,
    [Symbol.asyncDispose]: async () => {},
  };
}
