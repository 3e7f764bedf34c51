import { BadInputError, didYouMean } from "@ohmwork/core";
import { allosteryExperiment } from "./allostery.ts";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { irisExperiment } from "./iris.ts";
import { regressionExperiment } from "./regression.ts";
import { linearXorExperiment, xorExperiment } from "./xor.ts";

/** What works, by name: what `ohmwork learn iris` means. */
export const recipes: Readonly<
  Record<string, { summary: string; create: (options: ExperimentOptions) => Experiment; onBoards?: true }>
> = {
  iris: { summary: "three kinds of iris on 16 digital potentiometers", create: irisExperiment, onBoards: true },
  regression: { summary: "y = 0.2 x₁ + 0.3 x₂ on 16 digital potentiometers", create: regressionExperiment },
  allostery: { summary: "two nodes of a lattice call up voltages at two others", create: allosteryExperiment },
  xor: { summary: "exclusive or on 32 transistors", create: xorExperiment },
  "xor-linear": { summary: "exclusive or on linear conductors, which cannot learn it", create: linearXorExperiment },
};

/** The experiment a recipe's name means. @throws BadInputError naming the recipes there are */
export function createExperiment(name: string, options: ExperimentOptions): Experiment {
  const recipe = Object.hasOwn(recipes, name) ? recipes[name] : undefined;
  if (recipe !== undefined && options.board !== undefined && recipe.onBoards !== true) {
    const able = Object.keys(recipes).filter((other) => recipes[other]?.onBoards === true);
    throw new BadInputError(`Task "${name}" runs simulated only, expected ${able.join(", ")} on a board`);
  }
  if (recipe !== undefined) return recipe.create(options);
  throw new BadInputError(`Unknown task "${name}"${didYouMean(name, Object.keys(recipes))}`);
}
