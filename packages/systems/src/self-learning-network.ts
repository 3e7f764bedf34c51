import { type Circuit, checkConnected } from "@ohmwork/circuit";
import {
  AbortedError,
  type Batch,
  checkInputs,
  checkLesson,
  checkParameters,
  createBatch,
  createRandom,
  type LearningRule,
  type LearnOptions,
  type LearnProgress,
  type Measured,
  type Random,
  type RandomState,
  restoreRandom,
  type Revision,
  rowsOf,
  type SelfLearningSystem,
  throwIfAborted,
} from "@ohmwork/core";
import { drawEdgeConductors } from "./edge-conductors.ts";
import { createEdgeSenses } from "./edge-senses.ts";
import { idealEdges, type Imperfections } from "./imperfections.ts";
import { learningEdgesOf, type LearningEdge, withoutCutEdges } from "./learning-edges.ts";
import { networkPorts, type NetworkOutput } from "./network-ports.ts";
import { createPresentation } from "./presentation.ts";
import { createReplica, type Replica } from "./replica.ts";

export type SelfLearningNetworkOptions = {
  readonly circuit: Circuit;
  /** Driven nodes, in the order of the inputs; rails are sources whose input never changes. */
  readonly sources: readonly number[];
  readonly outputs: readonly NetworkOutput[];
  /** Window of every source [V]. */
  readonly sourceVolts: { readonly min: number; readonly max: number };
  readonly rule: LearningRule;
  /** Draws the imperfections, the start and every chance of the learning. */
  readonly seed: number;
  /** Parameter of each learning edge at the start, from a random number stream. @default anywhere in the middle fifth of its window */
  readonly start?: (random: Random) => number;
  readonly imperfections?: Partial<Imperfections>;
};

type Saved = { values: number[]; revision: number; presented: number; random: RandomState };

/**
 * A simulated network of two replicas whose edges change by what they sense: walk 1 of the architecture without a board.
 * It measures its outputs [V], and tells the power that one replica dissipates in the free state [W].
 * The event loop is not given up between two reports of `learn`; ask for reports as often as something else must run.
 *
 * @throws DisconnectedError when a node has no path to a source
 * @throws BadInputError when an imperfection names an edge that is not there
 */
export function createSelfLearningNetwork(options: SelfLearningNetworkOptions): SelfLearningSystem {
  const { circuit, sources, outputs, rule, seed } = options;
  const imperfections: Imperfections = { ...idealEdges, ...options.imperfections };
  const edges = learningEdgesOf(circuit, imperfections);
  checkConnected(withoutCutEdges(circuit, imperfections), sources);
  const clampable = outputs.flatMap(({ node, minus }) => (minus === undefined ? [node] : [node, minus]));
  const replica = (name: string): Replica =>
    createReplica({ conductors: drawEdgeConductors(circuit, imperfections, seed, name), sources, clampable });
  const first = replica("the first replica");
  // Two equal copies of a circuit settle alike: one solves for both.
  const second = imperfections.replicaMismatch === 0 ? first : replica("the second replica");
  const learning = edges.map((edge) => edge.index);
  const presentation = createPresentation({
    nodes: circuit.nodes.length,
    sources: sources.length,
    learningEdges: edges.length,
    outputs,
    first,
    second,
    senses: createEdgeSenses(circuit, learning, imperfections, createRandom(seed, "comparator offsets")),
    rule,
  });

  let random = createRandom(seed, "learning");
  let revision = 0;
  let presented = 0;
  let disposed = false;
  const values = new Float64Array(edges.length);

  /** A stepped edge keeps the fraction that a continuous rule gave it; its wiper stands at the nearest position. */
  const wiperOf = (i: number): number =>
    edges[i]?.levels === undefined ? (values[i] as number) : Math.round(values[i] as number);
  const setParameter = (i: number, value: number): void => {
    const { index, min, max } = edges[i] as LearningEdge;
    values[i] = Math.min(max, Math.max(min, value));
    presentation.shares[i] = max > 0 ? values[i] / max : 1;
    first.set(index, wiperOf(i));
    if (second !== first) second.set(index, wiperOf(i));
  };
  const drawStart = (): void => {
    const startRandom = createRandom(seed, "start");
    for (const [i, { min, max, levels }] of edges.entries()) {
      const value = options.start?.(startRandom) ?? min + (max - min) * (0.4 + 0.2 * startRandom.uniform());
      setParameter(i, levels === undefined ? value : Math.round(value));
    }
  };
  drawStart();

  const ports = networkPorts({ ...options, edges });
  const usable = (signal: AbortSignal | undefined, what: string): void => {
    throwIfAborted(signal, what);
    if (disposed) throw new AbortedError("The network");
  };

  let moved = false;
  /** A new revision if an edge moved since the last one: at a report, and wherever learning ends. */
  const countRevision = (): void => {
    if (moved) revision += 1;
    moved = false;
  };
  const moveEdges = (): void => {
    moved = true;
    for (let i = 0; i < edges.length; i += 1) {
      const change = presentation.changes[i] as number;
      if (change === 0) continue;
      if (Number.isNaN(change))
        throw new RangeError(`Rule ${rule.name} asks edge ${edges[i]?.name} for a change that is not a number`);
      const { orientation, stuck } = edges[i] as LearningEdge;
      if (!stuck) setParameter(i, (values[i] as number) + orientation * change);
    }
  };

  async function* learn(inputs: Batch, labels: Batch, learnOptions: LearnOptions): AsyncGenerator<LearnProgress> {
    const { steps, reportEvery = 500, signal } = learnOptions;
    usable(signal, "Learning");
    const count = checkLesson(ports, inputs, labels, { steps, reportEvery });
    let squared = 0;
    let labelled = 0;
    let taught = 0;
    try {
      for (let step = 1; step <= steps; step += 1) {
        const row = (step - 1) % count;
        showRow(inputs, row, presentation.sources);
        showRow(labels, row, presentation.label);
        const swapped = rule.swapReplicas && presented % 2 === 1;
        presented += 1;
        if (presentation.present(random, swapped) > 0) {
          taught += 1;
          moveEdges();
        }
        for (let k = 0; k < outputs.length; k += 1) {
          const error = (presentation.label[k] as number) - (presentation.answer[k] as number);
          if (Number.isNaN(error)) continue;
          squared += error * error;
          labelled += 1;
        }
        if (step % reportEvery !== 0 && step !== steps) continue;
        countRevision();
        yield { step, error: labelled === 0 ? 0 : squared / labelled, taught, revision: revision as Revision };
        usable(signal, "Learning");
        squared = labelled = taught = 0;
      }
    } finally {
      countRevision();
    }
  }

  return {
    ports,
    traits: { repeatable: true, remote: false, largestBatch: 65_536 },
    stages: [{ name: "outputs", width: outputs.length }],
    program: async (parameters, call) => {
      usable(call?.signal, "A measurement");
      checkParameters(ports.parameters, parameters);
      for (const [i, { levels, stuck }] of edges.entries()) {
        const value = parameters[i] as number;
        if (!stuck) setParameter(i, levels === undefined ? value : Math.round(value));
      }
      revision += 1;
      return revision as Revision;
    },
    respond: async (inputs, call): Promise<Measured> => {
      usable(call?.signal, "A measurement");
      checkInputs(ports.inputs, inputs, 65_536);
      const { count } = rowsOf(inputs);
      const powerWatts = new Float32Array(count);
      const answers = new Float32Array(count * outputs.length);
      for (let row = 0; row < count; row += 1) {
        showRow(inputs, row, presentation.sources);
        powerWatts[row] = presentation.settle();
        answers.set(presentation.answer, row * outputs.length);
      }
      return {
        revision: revision as Revision,
        stages: { outputs: createBatch(answers, [count, outputs.length]) },
        powerWatts,
      };
    },
    learn,
    parameters: async () => ({ revision: revision as Revision, values: Float32Array.from(values, (_, i) => wiperOf(i)) }),
    snapshot: async () =>
      new TextEncoder().encode(
        JSON.stringify({ values: [...values], revision, presented, random: random.snapshot() } satisfies Saved),
      ),
    restore: async (bytes) => {
      const saved = JSON.parse(new TextDecoder().decode(bytes)) as Saved;
      if (saved.values.length !== edges.length || !saved.values.every(Number.isFinite)) {
        throw new RangeError(`Snapshot is of a network of ${saved.values.length} edges: expected ${edges.length}`);
      }
      for (const [i, value] of saved.values.entries()) setParameter(i, value);
      revision = saved.revision;
      presented = saved.presented;
      random = restoreRandom(saved.random);
    },
    [Symbol.asyncDispose]: async () => void (disposed = true),
  };
}

/** Copies one row of a batch into the array that holds it while it is shown. */
function showRow(batch: Batch, row: number, shown: Float64Array): void {
  const start = row * shown.length;
  for (let i = 0; i < shown.length; i += 1) shown[i] = batch.data[start + i] as number;
}
