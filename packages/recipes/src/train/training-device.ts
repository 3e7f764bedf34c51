import type { GraphRuntime } from "@ohmwork/autograd";
import { BadInputError, didYouMean, type PhysicalSystem } from "@ohmwork/core";
import { type Twin, withTwins } from "@ohmwork/systems";
import type { SplitDataset } from "@ohmwork/tasks";
import type { EarChoices } from "./train-recipe.ts";
import { recipeFor } from "./train-systems.ts";

export type TrainingDeviceOptions = {
  /** What the network around the device is for: it gives the device its size. */
  readonly dataset: SplitDataset;
  readonly system: string;
  /** Which of the system's devices, where it has several. @default all of them as one, where the system has them so */
  readonly part?: string;
  /** Draws the device: the same as in a training of this seed. */
  readonly seed: number;
  /** Every size of the gap between device and twin times this. @default 1 */
  readonly gapScale?: number;
  /** What is chosen about an ear. */
  readonly ear?: EarChoices;
  readonly runtime: GraphRuntime;
};

/**
 * One device of a system that training by a twin drives, with its gap; its stages name their twins. All of them
 * as one are called by their names with "+" between them.
 *
 * @throws BadInputError when there is no such system, or `part` does not name one of its devices
 */
export async function createTrainingDevice(options: TrainingDeviceOptions): Promise<{ name: string; device: PhysicalSystem }> {
  const { dataset, system, part, seed, gapScale = 1, ear = {}, runtime } = options;
  const { devices, twins, whole } = await recipeFor(system, dataset, { seed, gapScale, ear, runtime, physics: true });
  const names = Object.keys(devices);
  if (part === undefined && whole !== undefined) {
    for (const one of Object.values(devices)) await one[Symbol.asyncDispose]();
    return { name: names.join("+"), device: withTwins(whole(), Object.values(twins)) };
  }
  const name = part ?? (names.length === 1 ? names[0] : undefined);
  const chosen = name !== undefined && Object.hasOwn(devices, name) ? devices[name] : undefined;
  for (const one of Object.values(devices)) if (one !== chosen) await one[Symbol.asyncDispose]();
  if (name === undefined) throw new BadInputError(`System ${system} has several devices: expected one of ${names.join(", ")}`);
  if (chosen === undefined) throw new BadInputError(`System ${system} has no device "${name}"${didYouMean(name, names)}`);
  return { name, device: withTwins(chosen, [twins[name] as Twin]) };
}
