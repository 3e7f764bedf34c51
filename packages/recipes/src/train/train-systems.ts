import type { GraphRuntime } from "@ohmwork/autograd";
import { BadInputError, didYouMean } from "@ohmwork/core";
import type { SplitDataset } from "@ohmwork/tasks";
import { earRecipe } from "./ear.ts";
import { pendulumClothesRecipe, pendulumRecipe } from "./pendulums.ts";
import { plateRecipe } from "./plate.ts";
import { rlcRecipe } from "./rlc.ts";
import { shgRecipe, shgVowelRecipe } from "./shg.ts";
import { spiceRecipe } from "./spice.ts";
import type { TrainRecipe, TrainRecipeOptions } from "./train-recipe.ts";
import { trainingTask } from "./training-task.ts";

type TrainSystem = {
  readonly summary: string;
  readonly create: (options: TrainRecipeOptions) => Promise<TrainRecipe>;
  /** Of rows of numbers that are no pictures. */
  readonly createForNumbers?: (options: TrainRecipeOptions) => Promise<TrainRecipe>;
  /** Of pictures of clothes, where it differs. */
  readonly createForClothes?: (options: TrainRecipeOptions) => Promise<TrainRecipe>;
};

/** Systems that training by a twin drives, by name. */
export const trainSystems: Readonly<Record<string, TrainSystem>> = {
  pendulums: { summary: "two networks of coupled pendulums", create: pendulumRecipe, createForClothes: pendulumClothesRecipe },
  plate: { summary: "four passes through a titanium plate on a voice coil", create: plateRecipe },
  rlc: { summary: "six passes through a resonance with a transistor", create: rlcRecipe },
  spice: { summary: "a netlist in ngspice, twice between linear layers, its twin fitted", create: spiceRecipe },
  "ear-12": { summary: "an ear of twelve filters and a mixer, all trained", create: earRecipe("ear-12", "trained") },
  "ear-8": { summary: "an ear of eight filters", create: earRecipe("ear-8", "trained") },
  "ear-12-fixed": { summary: "an ear of twelve filters, its mixer alone trained", create: earRecipe("ear-12", "fixed") },
  "ear-8-fixed": { summary: "an ear of eight filters, its mixer alone trained", create: earRecipe("ear-8", "fixed") },
  shg: { summary: "second-harmonic generation between linear layers", create: shgRecipe, createForNumbers: shgVowelRecipe },
};

export type RecipeForOptions = Pick<
  TrainRecipeOptions,
  "seed" | "gapScale" | "physics" | "spice" | "ear" | "ownTwin" | "signal" | "onFit"
> & {
  readonly runtime: GraphRuntime;
};

/**
 * The recipe of a system for a data set: its networks, its devices and their twins.
 *
 * @throws BadInputError when there is no such system
 */
export async function recipeFor(name: string, dataset: SplitDataset, options: RecipeForOptions): Promise<TrainRecipe> {
  const system = Object.hasOwn(trainSystems, name) ? trainSystems[name] : undefined;
  if (system === undefined) throw new BadInputError(`Unknown system "${name}"${didYouMean(name, Object.keys(trainSystems))}`);
  const special = { fashion: system.createForClothes, numbers: system.createForNumbers };
  const pictures = dataset.train.inputs.shape.length === 3;
  const create = (pictures ? dataset.name === "fashion" && special.fashion : special.numbers) || system.create;
  const { inputs } = trainingTask(dataset, {});
  const { inputs: examples, labels } = dataset.train;
  return create({ ...options, inputs, examples, classes: dataset.classes.length, rows: labels.length });
}
