import { crossEntropy, hinge, type Loss, meanSquaredError } from "@ohmwork/autograd";
import { BadInputError, didYouMean } from "@ohmwork/core";
import type { Levels, TrainingOptions } from "@ohmwork/learning";
import type { TrainRecipe } from "./train-recipe.ts";

/** Losses by name; the first is what recipes take. */
export const trainingLosses: Readonly<Record<string, Loss>> = {
  "cross-entropy": crossEntropy,
  "mean-squared-error": meanSquaredError,
  hinge: (builder, scores, targets) => hinge(builder, scores, targets),
};

/** Ways of holding parameters to positions; the first is what recipes take. */
export const trainingLevels: readonly Levels[] = ["straight-through", "projection"];

/** What a user may choose of how a recipe trains. */
export type TrainingChoices = {
  readonly epochs?: number;
  /** One of `trainingLosses`. */
  readonly loss?: string;
  /** One of `trainingLevels`. */
  readonly levels?: string;
  /** As `TrainingOptions.patience`; the score is the share of right answers on the validation rows. */
  readonly patience?: number;
};

/**
 * Asks, before anything is made, whether choices are ones that there are.
 *
 * @throws BadInputError when one is not
 */
export function expectChoices({ loss, levels }: TrainingChoices): void {
  if (loss !== undefined && !Object.hasOwn(trainingLosses, loss))
    throw new BadInputError(`Unknown loss "${loss}"${didYouMean(loss, Object.keys(trainingLosses))}`);
  if (levels !== undefined && !trainingLevels.some((name) => name === levels))
    throw new BadInputError(`Unknown levels "${levels}"${didYouMean(levels, trainingLevels)}`);
}

/**
 * The options of a recipe with a user's choices in their place.
 *
 * @throws BadInputError when a choice is not one, or is of parameters that the devices do not have
 */
export function chosenOptions({ options, devices }: TrainRecipe, choices: TrainingChoices): TrainingOptions {
  expectChoices(choices);
  const { epochs, loss, levels, patience } = choices;
  const level = trainingLevels.find((name) => name === levels);
  const stepped = Object.values(devices).some(({ ports }) => ports.parameters.some((port) => port.levels !== undefined));
  if (levels !== undefined && !stepped)
    throw new BadInputError(`Levels "${levels}" are only of parameters that take positions: this system has none`);
  return {
    ...options,
    ...(epochs === undefined ? {} : { epochs }),
    ...(loss === undefined ? {} : { loss: trainingLosses[loss] as Loss }),
    ...(level === undefined ? {} : { levels: level }),
    ...(patience === undefined ? {} : { patience }),
  };
}
