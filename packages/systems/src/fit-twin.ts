import { encodeModel, type GraphRuntime } from "@ohmwork/autograd";
import { BadInputError, createRandom, type PhysicalSystem, widthOf } from "@ohmwork/core";
import { type FitSamples, measureSamples, rowsOfSamples } from "./fit-samples.ts";
import { createFittedModel } from "./fitted-model.ts";
import {
  fit,
  fitBatch,
  type FitProgress,
  judge,
  linearStart,
  type Scales,
  scaled,
  spread,
  twinGraph,
  windows,
} from "./fitting.ts";
import { createTwin, type Twin } from "./twin.ts";

export type FitTwinOptions = {
  readonly runtime: GraphRuntime;
  /** Draws what is measured, the start of the fit and its batches. */
  readonly seed: number;
  /** Rows that are measured to fit; a quarter more judge it. @default 2000 */
  readonly rows?: number;
  /** Rows at each draw of the parameters: more are cheaper where programming is slow, fewer see more settings. @default 8 */
  readonly rowsPerSetting?: number;
  /** Widths of the layers of tanh. @default [64, 64] */
  readonly hidden?: readonly number[];
  /** Steps of Adam, on 64 rows each. @default 4000 */
  readonly steps?: number;
  /** Step size at the start of its cosine. @default 0.01 */
  readonly rate?: number;
  readonly signal?: AbortSignal;
  /** Told after each setting that was measured, and every 200 steps of the fit. */
  readonly onProgress?: (progress: FitProgress) => void;
};

export type FittedTwin = {
  readonly twin: Twin;
  /** Root mean square error of the twin over rows it has not seen, per deviation of the outputs there: 0 is perfect, 1 is no better than their mean. */
  readonly error: number;
  /** Rows that were measured in all. */
  readonly measured: number;
};

/**
 * A twin of a system of which nothing is known: it is measured at random inputs and parameters of its windows, and a small
 * network is fitted to what it answered. The parameters of the system are others afterwards; a self-learning one is not asked to learn.
 *
 * @throws RangeError when fewer rows are asked for than a batch has
 * @throws BadInputError when what the system answers is not of numbers
 * @throws AbortedError when the signal fires
 */
export async function fitTwin(system: PhysicalSystem, options: FitTwinOptions): Promise<FittedTwin> {
  const { seed, rows = 2000, rowsPerSetting = 8, signal, onProgress } = options;
  if (!Number.isInteger(rows) || rows < fitBatch)
    throw new RangeError(`Rows to fit a twin to must be a whole number of ${fitBatch} or more: ${rows}`);
  const random = createRandom(seed, "what a twin is fitted to");
  const more = Math.ceil(rows / 4);
  const told = (before: number) => (done: number) => onProgress?.({ stage: "measures", done: before + done, all: rows + more });
  const seen = await measureSamples(system, rows, random, { rowsPerSetting, signal, onRows: told(0) });
  const unseen = await measureSamples(system, more, random, { rowsPerSetting, signal, onRows: told(rows) });
  const { inputs, parameters, outputs } = system.ports;
  const scales = {
    inputs: windows(inputs),
    parameters: windows(parameters),
    outputs: spread(seen.outputs, widthOf(outputs)),
  };
  return fitted(system, { seen, unseen }, scales, options);
}

/**
 * A twin fitted to pairs that were measured elsewhere: to three quarters of them, up to the step at which an eighth fits best,
 * judged by the last eighth. Pairs that belong together, such as those of one setting of the parameters, should stand beside each other.
 *
 * @throws RangeError when there are fewer pairs than four batches
 * @throws BadInputError when a pair is not of numbers
 * @throws AbortedError when the signal fires
 */
export async function fitTwinToPairs(system: PhysicalSystem, pairs: FitSamples, options: FitTwinOptions): Promise<FittedTwin> {
  const { rows } = pairs;
  if (rows < 4 * fitBatch) throw new RangeError(`A twin is fitted to ${4 * fitBatch} pairs or more: ${rows} given`);
  const eighth = Math.floor(rows / 8);
  const seen = rowsOfSamples(pairs, 0, rows - 2 * eighth);
  const judged = rowsOfSamples(pairs, rows - 2 * eighth, rows - eighth);
  const unseen = rowsOfSamples(pairs, rows - eighth, rows);
  const { inputs, parameters, outputs } = system.ports;
  const scales = {
    inputs: spread(seen.inputs, widthOf(inputs)),
    parameters: spread(seen.parameters, widthOf(parameters)),
    outputs: spread(seen.outputs, widthOf(outputs)),
  };
  return fitted(system, { seen, judged, unseen }, scales, options);
}

async function fitted(
  system: PhysicalSystem,
  samples: { readonly seen: FitSamples; readonly judged?: FitSamples; readonly unseen: FitSamples },
  scales: Scales,
  options: FitTwinOptions,
): Promise<FittedTwin> {
  const { runtime, hidden = [64, 64] } = options;
  const { inputs, parameters, outputs } = system.ports;
  const model = createFittedModel({
    inputs: widthOf(inputs),
    parameters: widthOf(parameters),
    outputs: widthOf(outputs),
    hidden,
  });
  const { seen, judged, unseen } = samples;
  for (const part of [seen, judged, unseen]) if (part !== undefined) checkNumbers(part);
  const toFit = scaled(seen, scales);
  const more = judged === undefined ? {} : { judged: scaled(judged, scales), start: linearStart(model, toFit) };
  const weights = await fit(model, toFit, options, more);
  const stage = system.stages.at(-1)?.name as string;
  const twin = await createTwin(encodeModel(twinGraph(model, weights, scales, stage)), stage);
  const error = await judge(model, weights, scaled(unseen, scales), runtime);
  return { twin, error, measured: seen.rows + (judged?.rows ?? 0) + unseen.rows };
}

/** One row that is no number would make none of all weights. */
function checkNumbers({ rows, inputs, parameters, outputs }: FitSamples): void {
  for (const [what, values] of Object.entries({ inputs, parameters, outputs })) {
    const odd = values.findIndex((value) => !Number.isFinite(value));
    if (odd < 0) continue;
    const row = Math.floor((odd * rows) / values.length);
    throw new BadInputError(`Pairs for a twin have ${what} of ${values[odd]} in row ${row}: expected numbers`);
  }
}
