import {
  AbortedError,
  type Batch,
  checkInputs,
  checkLesson,
  checkParameters,
  createBatch,
  type LearnOptions,
  type LearnProgress,
  type Revision,
  rowOf,
  rowsOf,
  type SelfLearningSystem,
  throwIfAborted,
} from "@ohmwork/core";

const inputs = 2;
const rate = 0.02;

/** The smallest thing that learns in place: one output, the weighted sum of two inputs, by the rule of Widrow and Hoff. */
export function createFakeLearner(): SelfLearningSystem {
  const weights = new Float32Array(inputs);
  const ports = {
    inputs: [{ name: "sources", unit: "V", size: inputs, min: 0, max: 5 }],
    parameters: [{ name: "weights", unit: "1", size: inputs, min: -1, max: 1 }],
    outputs: [{ name: "outputs", unit: "V", size: 1, min: -10, max: 10 }],
  };
  let revision = 0;
  let disposed = false;
  const guard = (what: string, signal?: AbortSignal): void => {
    if (disposed) throw new AbortedError(what);
    throwIfAborted(signal, what);
  };
  const outputOf = (row: Float32Array): number => row.reduce((sum, volts, i) => sum + volts * (weights[i] as number), 0);

  const learn = async function* (rows: Batch, labels: Batch, options: LearnOptions): AsyncGenerator<LearnProgress> {
    const { steps, reportEvery = 500, signal } = options;
    const count = checkLesson(ports, rows, labels, { steps, reportEvery });
    let squares = 0;
    let since = 0;
    for (let step = 1; step <= steps; step += 1) {
      guard("Learning", signal);
      const row = rowOf(rows, (step - 1) % count);
      const distance = (rowOf(labels, (step - 1) % count)[0] as number) - outputOf(row);
      squares += distance ** 2;
      since += 1;
      for (let i = 0; i < inputs; i += 1) {
        weights[i] = Math.min(1, Math.max(-1, (weights[i] as number) + rate * distance * (row[i] as number)));
      }
      revision += 1;
      if (since < reportEvery && step < steps) continue;
      yield { step, error: squares / since, taught: since, revision: revision as Revision };
      squares = 0;
      since = 0;
    }
  };

  return {
    ports,
    traits: { repeatable: true, remote: false, largestBatch: 16 },
    stages: [{ name: "outputs", width: 1 }],
    program: async (parameters, call) => {
      guard("Programming", call?.signal);
      checkParameters(ports.parameters, parameters);
      weights.set(parameters);
      return (revision += 1) as Revision;
    },
    respond: async (rows, call) => {
      guard("Measuring", call?.signal);
      checkInputs(ports.inputs, rows, 16);
      const { count } = rowsOf(rows);
      const measured = Float32Array.from({ length: count }, (_, i) => outputOf(rowOf(rows, i)));
      return { revision: revision as Revision, stages: { outputs: createBatch(measured, [count, 1]) } };
    },
    learn,
    parameters: async () => ({ revision: revision as Revision, values: weights.slice() }),
    [Symbol.asyncDispose]: async () => void (disposed = true),
  };
}
