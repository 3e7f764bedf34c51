/** How the scores of a circuit become an answer. */
export type Decision = {
  /** Factor of the scores before they are probabilities [1/V]: `fitGain` finds it on sounds whose label is known. */
  readonly gainPerVolt: number;
  /** Probability of the likeliest class below which the answer is `unknown`. */
  readonly threshold: number;
};

/** What a sensor takes a sound for. */
export type Decided = {
  /** One of the classes, or `unknown`. */
  readonly label: string;
  /** Probability of the likeliest class, 0 to 1. */
  readonly confidence: number;
  readonly likeliest: string;
};

/** The answer of a sensor that is not sure; no class may be called so. */
export const UNKNOWN = "unknown";

/** What trainings end with: 38 to 99 per volt. Not fitted to any one device. */
export const defaultDecision: Decision = { gainPerVolt: 40, threshold: 0.5 };

/**
 * Probabilities of the classes, the softmax of their scores [V] times the gain.
 *
 * @throws RangeError when there is not one number for each class
 */
export function probabilitiesOf(scores: ArrayLike<number>, gainPerVolt: number): Float64Array {
  const largest = Array.from(scores).reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(scores, (value) => Math.exp(gainPerVolt * (value - largest)));
  const sum = powers.reduce((total, value) => total + value, 0);
  if (!(sum > 0)) throw new RangeError(`Scores must be finite numbers: ${Array.from(scores).join(", ")}`);
  return powers.map((value) => value / sum);
}

/** @throws RangeError when the scores are not numbers, or not one for each class */
export function decide(scores: ArrayLike<number>, classes: readonly string[], decision: Decision): Decided {
  if (scores.length !== classes.length)
    throw new RangeError(`Expected a score for each of ${classes.length} classes, got ${scores.length}`);
  const probabilities = probabilitiesOf(scores, decision.gainPerVolt);
  let best = 0;
  for (let j = 1; j < classes.length; j += 1) if ((probabilities[j] as number) > (probabilities[best] as number)) best = j;
  const likeliest = classes[best] as string;
  const confidence = Math.min(1, probabilities[best] as number);
  return { label: confidence < decision.threshold ? UNKNOWN : likeliest, confidence, likeliest };
}
