import { type Circuit, createCircuit, type EdgeLaw } from "@ohmwork/circuit";
import { BadInputError, type Batch, createBatch, rowsOf, type SelfLearningSystem } from "@ohmwork/core";
import { coupledLearning, fading, measureRows, proportionalRule, rightAnswers, teach, towardsMargin } from "@ohmwork/learning";
import { createFilterBank, createSelfLearningNetwork, type DeclaredGap, gapOf, type Imperfections } from "@ohmwork/systems";
import { type LabelledBatch, type SplitDataset } from "@ohmwork/tasks";
import { earBaselines } from "./ear-baselines.ts";
import { boardOf } from "./ear.ts";
import type { EarChoices } from "./train-recipe.ts";
import { trainingTask } from "./training-task.ts";

/** Rheostats of 100 kΩ with 257 taps; below tap 2 two rails would be joined. */
const LAW: EdgeLaw = { law: "linear-pot", endToEndOhms: 100_000, positions: 257, steps: 256, wiperOhms: 100, lowestPosition: 2 };
/** Displacement of a clamped output [V]: one-sided a large one would drive all edges of a node the same way. */
const PUSH = { symmetric: 0.3, "one-sided": 0.05 } as const;
/** Lead from which a clip is left alone [V]. */
const MARGIN = 0.05;
/** Of a rheostat at its far end, at the start; a fiftieth at the end [taps / V²]. */
const RATE = 33;
const LAST_SHARE = 0.02;
const EPOCHS = 40;
const REPORT_EVERY = 500;
/** Largest rail: an envelope's ceiling less 1 V, and its noise [V]. */
const RAIL_LIMIT = 2.6;

type NetworkErrors = Pick<Imperfections, "endToEndTolerance" | "comparatorOffsetVolts" | "comparatorNoiseVolts">;

/** What the network of a bench does: resistance of a rheostat ±20 %, drops that are read 2 mV off, with 1 mV of noise. */
function networkErrors(scale: number, offsetVolts = 0.002): NetworkErrors {
  // A drop is half of the sum, or of the difference, of what two comparators see.
  return {
    endToEndTolerance: 0.2 * scale,
    comparatorOffsetVolts: offsetVolts * Math.SQRT2 * scale,
    comparatorNoiseVolts: 0.001 * Math.SQRT2 * scale,
  };
}

export type InPlaceOptions = {
  readonly dataset: SplitDataset;
  /** An ear whose filters stay as drawn: `ear-8` or `ear-12`. */
  readonly system: string;
  readonly seed: number;
  readonly gapScale?: number;
  readonly epochs?: number;
  readonly ear?: EarChoices;
  /** Two clamped states on either side of the free one, or one beside it. @default "symmetric" */
  readonly nudge?: keyof typeof PUSH;
  /** Fixed error with which an edge reads a drop, its deviation [V]. @default 0.002 */
  readonly offsetVolts?: number;
  readonly signal?: AbortSignal;
  /** Awaited at every report. */
  readonly onProgress?: (progress: {
    readonly step: number;
    readonly steps: number;
    readonly taught: number;
  }) => Promise<void> | void;
};

export type InPlaceResult = {
  readonly steps: number;
  readonly epochs: number;
  readonly edges: number;
  readonly testAccuracy: number;
  readonly validationAccuracy: number;
  readonly gap: Readonly<Record<string, DeclaredGap>>;
  readonly baselines: Readonly<Record<string, number>>;
};

/**
 * Teaches an ear's mixer where it stands, by coupled learning with two clamped states on either side of the free one: an output for each class,
 * tied by rheostats to the rails ±(e − 1 V) of every envelope and ±1 V. The filters stay as they are; no gradient is worked out, and no
 * twin is asked.
 *
 * @throws BadInputError when the system is no ear
 * @throws AbortedError when the signal fires
 */
export async function learnEarInPlace(options: InPlaceOptions): Promise<InPlaceResult> {
  const { dataset, system, seed, gapScale = 1, epochs = EPOCHS, ear = {}, signal, onProgress } = options;
  const task = trainingTask(dataset, {});
  const classes = task.classes.length;
  if (system !== "ear-8" && system !== "ear-12")
    throw new BadInputError(`Rule coupled-learning teaches the mixer of ear-8 or ear-12, system "${system}" given`);
  const board = boardOf(system, { inputs: task.inputs, seed, gapScale, ear });
  await using bank = createFilterBank(board);
  const rails = async (part: "train" | "validation" | "test"): Promise<Batch> =>
    railsOf((await measureRows(bank, task[part].inputs, signal)).outputs);
  const lesson = { inputs: await rails("train"), labels: targetsOf(task.train, classes) };
  const steps = epochs * task.train.labels.length;
  const errors = networkErrors(gapScale, options.offsetVolts);
  const chosen = { seed, steps, errors, nudge: options.nudge ?? "symmetric" };
  const { network, edges } = mixingNetwork(rowsOf(lesson.inputs).width, classes, chosen);
  await using learner = network;
  const stop = signal === undefined ? {} : { signal };
  for await (const { step, taught } of teach(learner, lesson, { steps, seed, reportEvery: REPORT_EVERY, ...stop }))
    await onProgress?.({ step, steps, taught: taught / Math.min(REPORT_EVERY, steps) });
  const share = async (part: "validation" | "test"): Promise<number> => {
    const { outputs } = await measureRows(learner, await rails(part), signal);
    return rightAnswers(outputs.data, task[part].labels) / task[part].labels.length;
  };
  return {
    steps,
    epochs,
    edges,
    testAccuracy: await share("test"),
    validationAccuracy: await share("validation"),
    gap: { bank: gapOf(bank), network: networkGap(errors) },
    baselines: await earBaselines(board, task),
  };
}

type Chosen = {
  readonly seed: number;
  readonly steps: number;
  readonly errors: NetworkErrors;
  readonly nudge: keyof typeof PUSH;
};

function mixingNetwork(
  rails: number,
  classes: number,
  { seed, steps, errors, nudge }: Chosen,
): { network: SelfLearningSystem; edges: number } {
  const sources = Array.from({ length: rails }, (_, i) => i);
  const outputs = Array.from({ length: classes }, (_, j) => rails + j);
  const nodes = [...sources.map((i) => `rail ${i + 1}`), ...outputs.map((_, j) => `class ${j + 1}`)];
  const edges = outputs.flatMap((to) => sources.map((from) => ({ name: `${nodes[from]}-${nodes[to]}`, from, to, law: LAW })));
  const circuit: Circuit = createCircuit(nodes, edges);
  const network = createSelfLearningNetwork({
    circuit,
    sources,
    outputs: outputs.map((node) => ({ node })),
    sourceVolts: { min: -RAIL_LIMIT, max: RAIL_LIMIT },
    rule: coupledLearning({
      name: "coupled-learning",
      contrast: nudge === "symmetric" ? "symmetric" : "free-clamped",
      edge: proportionalRule({ rate: RATE }),
      nudge: fading(towardsMargin({ push: PUSH[nudge], margin: MARGIN }), { presentations: steps, last: LAST_SHARE }),
    }),
    seed,
    imperfections: errors,
  });
  return { network, edges: edges.length };
}

function networkGap({ endToEndTolerance, comparatorOffsetVolts, comparatorNoiseVolts }: Chosen["errors"]): DeclaredGap {
  return [
    { name: "resistance of each rheostat", where: "parameter", size: endToEndTolerance, unit: "", kind: "error" },
    { name: "offset of each comparator", where: "structure", size: comparatorOffsetVolts, unit: "V", kind: "offset" },
    { name: "noise of each comparator", where: "structure", size: comparatorNoiseVolts, unit: "V", kind: "noise" },
  ];
}

/** x, 1 V and their opposites for every row of envelopes, x = e − 1 V. */
function railsOf(envelopes: Batch): Batch {
  const { count, width } = rowsOf(envelopes);
  const half = width + 1;
  const data = new Float32Array(count * 2 * half);
  for (let row = 0; row < count; row += 1) {
    for (let i = 0; i < half; i += 1) {
      const volts = i === width ? 1 : (envelopes.data[row * width + i] as number) - 1;
      data[row * 2 * half + i] = volts;
      data[row * 2 * half + half + i] = -volts;
    }
  }
  return createBatch(data, [count, 2 * half]);
}

/** 1 V for a row's own class and 0 V for the others: the nudge asks only which is highest. */
function targetsOf({ labels }: LabelledBatch, classes: number): Batch {
  const data = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) data[row * classes + label] = 1;
  return createBatch(data, [labels.length, classes]);
}
