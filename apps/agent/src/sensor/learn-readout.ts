import { setImmediate as breathe } from "node:timers/promises";
import { AbortedError, type Batch, createRandom, type PhysicalSystem, rowOf, takeRows, widthOf } from "@ohmwork/core";
import { measureRows } from "@ohmwork/learning";
import { probabilitiesOf } from "./decision.ts";
import { fitGain } from "./fit-gain.ts";

/** Sounds of which it is known what they are. */
export type KnownSounds = { readonly rows: Batch; readonly labels: Uint32Array };

export type LearnReadoutOptions = {
  /** Sound in, envelopes on the way, scores out; the last parameters are a weight for each class, envelope and 1 V. */
  readonly system: PhysicalSystem;
  readonly classes: number;
  readonly sounds: KnownSounds;
  /** Of all parameters, where it begins: those before the weights stay. */
  readonly start: Float32Array;
  readonly seed: number;
  /** Times that every sound is played. @default 40 */
  readonly epochs?: number;
  /** Parts of the sounds that are each left out once, to say how well others are told. @default 5, or as many as each class has sounds */
  readonly folds?: number;
  readonly onProgress?: (progress: { readonly step: number; readonly steps: number; readonly loss: number }) => void;
  readonly signal?: AbortSignal;
};

export type LearnedReadout = {
  /** What the circuit is to be programmed with. */
  readonly parameters: Float32Array;
  /** That makes probabilities of the scores, fitted to sounds that were left out; none with too few sounds. */
  readonly gainPerVolt?: number;
  /** Share of the sounds that were told when they were left out; none with too few sounds. */
  readonly accuracy?: number;
  /** Sounds played to the circuit. */
  readonly evaluations: number;
};

/** As in trainings by a twin: factor of the scores, step of Adam, L2 penalty, positions of a potentiometer on either side of 0. */
const GAIN = 40;
const RATE = 0.02;
const PENALTY = 1e-3;
const POSITIONS = 128;
/** Sounds between two changes of the weights. */
const BATCH = 16;
/** Adam's decays and floor (Kingma & Ba, ICLR 2015). */
const [MEAN_DECAY, SQUARE_DECAY, FLOOR] = [0.9, 0.999, 1e-8];
/** What is taken off an envelope for its rails [V]. */
const RAIL_VOLTS = 1;

/**
 * Teaches the weights of an ear where it stands: every sound is played, and the cross-entropy of the scores that come is lowered by the
 * envelopes that were measured with them. No twin is asked, and no error of the parts needs to be known.
 *
 * @throws AbortedError when the signal fires
 * @throws RangeError when a class has no sound
 */
export async function learnReadout(options: LearnReadoutOptions): Promise<LearnedReadout> {
  const { classes, sounds, signal, onProgress, epochs = 40 } = options;
  const least = leastOf(sounds.labels, classes);
  if (least === 0) throw new RangeError(`Expected sounds of each of ${classes} classes`);
  const folds = Math.min(options.folds ?? 5, least) < 2 ? 0 : Math.min(options.folds ?? 5, least);
  const parts = partsOf(sounds.labels, Math.max(1, folds), options.seed);
  const steps = (folds + 1) * epochs;
  let [step, evaluations] = [0, 0];

  const teach = async (rows: readonly number[]): Promise<Float32Array> => {
    const own = { rows: takeRows(sounds.rows, rows), labels: Uint32Array.from(rows, (row) => sounds.labels[row] as number) };
    const pupil = createPupil(options, own);
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      if (signal?.aborted === true) throw new AbortedError("Learning");
      const loss = await pupil.epoch(epoch / epochs);
      evaluations += rows.length;
      onProgress?.({ step: (step += 1), steps, loss });
      await breathe(); // a circuit that is computed gives way to the link
    }
    return pupil.parameters();
  };

  const scores: number[] = [];
  const labels: number[] = [];
  let right = 0;
  for (let fold = 0; fold < folds; fold += 1) {
    const [inside, outside] = [parts.flatMap((part, k) => (k === fold ? [] : part)), parts[fold] as number[]];
    await options.system.program(await teach(inside));
    const { outputs } = await measureRows(options.system, takeRows(sounds.rows, outside), signal);
    evaluations += outside.length;
    for (const [i, row] of outside.entries()) {
      const own = [...rowOf(outputs, i)];
      const label = sounds.labels[row] as number;
      scores.push(...own);
      labels.push(label);
      if (own.indexOf(Math.max(...own)) === label) right += 1;
    }
  }
  const parameters = await teach(parts.flat());
  await options.system.program(parameters);
  if (folds === 0) return { parameters, evaluations };
  const told = { data: Float32Array.from(scores), shape: [labels.length, classes] };
  return { parameters, evaluations, accuracy: right / labels.length, gainPerVolt: fitGain(told, labels) };
}

/** One start from the same place, with sounds of its own. */
function createPupil(
  { system, classes, start, seed }: LearnReadoutOptions,
  sounds: KnownSounds,
): { epoch: (along: number) => Promise<number>; parameters: () => Float32Array } {
  const all = widthOf(system.ports.parameters);
  const width = widthOf(system.ports.parameters.slice(-1)) / classes;
  const first = all - classes * width;
  const weights = new Float64Array(classes * width);
  const [mean, square] = [new Float64Array(weights.length), new Float64Array(weights.length)];
  const gradient = new Float64Array(weights.length);
  const rows = sounds.labels.length;
  const random = createRandom(seed, "order of known sounds");
  let moves = 0;
  const parameters = (): Float32Array => {
    const values = start.slice();
    for (const [i, weight] of weights.entries()) values[first + i] = Math.round(weight * POSITIONS) / POSITIONS + 0; // no −0
    return values;
  };

  /** Lowers the loss on some rows; gives its sum. */
  const learn = async (chosen: readonly number[], along: number): Promise<number> => {
    await system.program(parameters());
    const { stages, outputs } = await measureRows(system, takeRows(sounds.rows, chosen));
    const envelopes = stages[system.stages[0]?.name as string] as Batch;
    for (const [i, weight] of weights.entries()) gradient[i] = PENALTY * weight;
    let loss = 0;
    for (const [row, of] of chosen.entries()) {
      const probabilities = probabilitiesOf(rowOf(outputs, row), GAIN);
      const heard = rowOf(envelopes, row);
      const label = sounds.labels[of] as number;
      loss -= Math.log(Math.max(probabilities[label] as number, Number.MIN_VALUE));
      for (let j = 0; j < classes; j += 1) {
        const pull = (GAIN * ((probabilities[j] as number) - (j === label ? 1 : 0))) / Math.sqrt(width) / chosen.length;
        for (let i = 0; i < width; i += 1) {
          const rail = i === width - 1 ? RAIL_VOLTS : (heard[i] as number) - RAIL_VOLTS;
          gradient[j * width + i] = (gradient[j * width + i] as number) + pull * rail;
        }
      }
    }
    moves += 1;
    const rate = (RATE * (1 + Math.cos(Math.PI * along))) / 2;
    for (const [i, slope] of gradient.entries()) {
      mean[i] = MEAN_DECAY * (mean[i] as number) + (1 - MEAN_DECAY) * slope;
      square[i] = SQUARE_DECAY * (square[i] as number) + (1 - SQUARE_DECAY) * slope * slope;
      const [m, v] = [mean[i] / (1 - MEAN_DECAY ** moves), square[i] / (1 - SQUARE_DECAY ** moves)];
      weights[i] = Math.max(-1, Math.min(1, (weights[i] as number) - (rate * m) / (Math.sqrt(v) + FLOOR)));
    }
    return loss;
  };
  const epoch = async (along: number): Promise<number> => {
    const order = [...random.permutation(rows)];
    let loss = 0;
    for (let from = 0; from < rows; from += BATCH) loss += await learn(order.slice(from, from + BATCH), along);
    return loss / rows;
  };
  return { epoch, parameters };
}

function leastOf(labels: Uint32Array, classes: number): number {
  const counts = new Uint32Array(classes);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return Math.min(...counts);
}

/** Rows in so many parts, each class spread evenly over them. */
function partsOf(labels: Uint32Array, count: number, seed: number): number[][] {
  const parts = Array.from({ length: count }, (): number[] => []);
  const next = new Map<number, number>();
  for (const row of createRandom(seed, "parts of known sounds").permutation(labels.length)) {
    const label = labels[row] as number;
    const turn = next.get(label) ?? 0;
    (parts[turn % count] as number[]).push(row);
    next.set(label, turn + 1);
  }
  return parts;
}
