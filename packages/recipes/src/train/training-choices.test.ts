import { adam, crossEntropy, hinge } from "@ohmwork/autograd";
import { BadInputError, type PhysicalSystem } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import type { TrainRecipe } from "./train-recipe.ts";
import { chosenOptions, trainingLevels, trainingLosses } from "./training-choices.ts";

const options = { epochs: 3, batch: 32, rate: 0.1, optimiser: adam() };

/** A recipe whose one device has a knob, with positions or without. */
function recipeOf(levels?: number): TrainRecipe {
  const knob = { name: "knob", unit: "1", size: 1, min: 0, max: 1, ...(levels === undefined ? {} : { levels }) };
  const device = { ports: { inputs: [], parameters: [knob], outputs: [] } } as unknown as PhysicalSystem;
  return { network: { inputs: 1, layers: [] }, digital: {}, devices: { device }, twins: {}, options };
}

describe("chosenOptions()", () => {
  it("leaves a recipe as it is where nothing is chosen", () => {
    expect(chosenOptions(recipeOf(), {})).toEqual(options);
  });

  it("puts choices in the place of what the recipe has", () => {
    const choices = { epochs: 7, loss: "cross-entropy", levels: "projection", patience: 2 };
    expect(chosenOptions(recipeOf(5), choices)).toEqual({ ...options, ...choices, loss: crossEntropy });
  });

  it("knows every name by what it stands for", () => {
    expect(Object.keys(trainingLosses)).toEqual(["cross-entropy", "mean-squared-error", "hinge"]);
    expect(trainingLosses["hinge"]).not.toBe(hinge); // whose fourth argument is not a runtime's to give
    for (const levels of trainingLevels) expect(chosenOptions(recipeOf(5), { levels }).levels).toBe(levels);
  });

  it("refuses in one line what is not one, or would change nothing", () => {
    const refusals: [TrainRecipe, Parameters<typeof chosenOptions>[1], string][] = [
      [recipeOf(), { loss: "hing" }, 'Unknown loss "hing", did you mean "hinge"?'],
      [recipeOf(), { loss: "toString" }, 'Unknown loss "toString", expected one of cross-entropy, mean-squared-error, hinge'],
      [recipeOf(5), { levels: "rounding" }, 'Unknown levels "rounding", expected one of straight-through, projection'],
      [
        recipeOf(),
        { levels: "projection" },
        'Levels "projection" are only of parameters that take positions: this system has none',
      ],
    ];
    for (const [recipe, choices, message] of refusals)
      expect(() => chosenOptions(recipe, choices)).toThrow(new BadInputError(message));
  });
});
