import { batchOf, createRandom } from "@ohmwork/core";
import { regressionTask } from "./regression-task.ts";
import type { Task } from "./task.ts";

export type AllosteryOptions = {
  readonly seed: number;
  readonly supplyVolts: number;
  /** Source nodes. @default 2 */
  readonly sources?: number;
  /** Target nodes. @default 1 */
  readonly targets?: number;
  /** Input patterns; pattern p lifts source p to the supply and holds the others at ground. @default 1 */
  readonly patterns?: number;
};

/**
 * Allostery: voltages at some nodes call up wanted voltages at others. Each target's response to each source is drawn between
 * the shares ½ and 1½ of an equal one, then made to sum to 1, so that a network of resistors can give it.
 *
 * @throws RangeError when there are fewer than 2 sources, no target, or not 1 to `sources` patterns
 */
export function allosteryTask(options: AllosteryOptions): Task {
  const { seed, supplyVolts, sources = 2, targets = 1, patterns = 1 } = options;
  if (!(sources >= 2 && targets >= 1)) {
    throw new RangeError(`Allostery needs 2 sources and 1 target: ${sources} and ${targets} given`);
  }
  if (!(patterns >= 1 && patterns <= sources)) {
    throw new RangeError(`Allostery of ${sources} sources has 1 to ${sources} patterns: ${patterns} given`);
  }
  const random = createRandom(seed, "allostery");
  const responses = Array.from({ length: targets }, () => {
    const shares = Array.from({ length: sources }, () => 0.5 + random.uniform());
    const total = shares.reduce((sum, share) => sum + share, 0);
    return shares.map((share) => share / total);
  });
  const sourceIndices = [...Array(sources).keys()];
  const lifted = sourceIndices.slice(0, patterns);
  const examples = {
    inputs: batchOf(lifted.map((p) => sourceIndices.map((i) => (i === p ? supplyVolts : 0)))),
    labels: batchOf(lifted.map((p) => responses.map((shares) => (shares[p] as number) * supplyVolts))),
  };
  return regressionTask({
    name: "allostery",
    supplyVolts,
    inputNames: sourceIndices.map((i) => `source ${i + 1}`),
    train: examples,
    test: examples,
  });
}
