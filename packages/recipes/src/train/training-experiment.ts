import { type GraphRuntime, loadModel } from "@ohmwork/autograd";
import { BadInputError, didYouMean } from "@ohmwork/core";
import {
  type Network,
  type PhysicalPart,
  planNetwork,
  stepsOf,
  type TrainingParts,
  type TrainingRule,
  trainingRules,
} from "@ohmwork/learning";
import { type SplitDataset, takeLabelled } from "@ohmwork/tasks";
import type { Twin } from "@ohmwork/systems";
import { ownTwin } from "./own-twin.ts";
import type { EarChoices, TrainRecipe, TrainRecipeOptions } from "./train-recipe.ts";
import { recipeFor } from "./train-systems.ts";
import { chosenOptions, expectChoices, type TrainingChoices } from "./training-choices.ts";
import { trainingTask, type TrainingTask } from "./training-task.ts";

export type TrainingExperimentOptions = {
  readonly dataset: SplitDataset;
  readonly system: string;
  readonly rule: string;
  readonly seed: number;
  readonly gapScale?: number;
  /** In the place of the recipe's own. */
  readonly choices?: TrainingChoices;
  /** Only the first so many training rows. @default all */
  readonly rows?: number;
  /** Which digital network of the recipe the rule `digital` trains, by name. @default its first */
  readonly digital?: string;
  readonly runtime: GraphRuntime;
  /** The netlist of the system `spice`, and what runs it. */
  readonly spice?: NonNullable<TrainRecipeOptions["spice"]>;
  /** What is chosen about an ear. */
  readonly ear?: EarChoices;
  readonly signal?: AbortSignal;
  readonly onFit?: NonNullable<TrainRecipeOptions["onFit"]>;
  /**
   * In the place of the recipe's own twin: a model, with the file it is from for messages; or the equations of the device
   * itself, `as-made`.
   */
  readonly twin?: { readonly model: Uint8Array; readonly file: string } | "as-made";
};

/** A task, a system and a rule, ready to be trained. */
export type TrainingExperiment = {
  readonly task: TrainingTask;
  readonly systemName: string;
  readonly rule: TrainingRule;
  /** Name of the digital network that is trained in the place of the whole one. */
  readonly digital?: string;
  readonly seed: number;
  readonly recipe: TrainRecipe;
  readonly parts: TrainingParts;
  /** Numbers that are trained. */
  readonly parameters: number;
  /** Steps in all phases of the rule. */
  readonly steps: number;
};

/**
 * Puts a training together.
 *
 * @throws BadInputError when system, rule, twin or a choice is not one that fits
 * @throws AbortedError when the signal fires
 */
export async function createTrainingExperiment(options: TrainingExperimentOptions): Promise<TrainingExperiment> {
  const { seed, runtime, gapScale = 1 } = options;
  const dataset = options.rows === undefined ? options.dataset : firstRows(options.dataset, options.rows);
  if (!Object.hasOwn(trainingRules, options.rule)) {
    throw new BadInputError(`Unknown rule "${options.rule}"${didYouMean(options.rule, Object.keys(trainingRules))}`);
  }
  const rule = options.rule as TrainingRule;
  const choices = options.choices ?? {};
  expectChoices(choices);
  const made = await recipeFor(options.system, dataset, {
    seed,
    gapScale,
    runtime,
    physics: rule !== "digital",
    ownTwin: options.twin !== undefined,
    ...(options.spice === undefined ? {} : { spice: options.spice }),
    ...(options.ear === undefined ? {} : { ear: options.ear }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onFit === undefined ? {} : { onFit: options.onFit }),
  });
  const recipe: TrainRecipe = {
    ...made,
    twins: await twinsOf(made, options.twin),
    options: chosenOptions(made, choices),
  };
  const task = trainingTask(dataset, recipe);
  const digital = rule === "digital" ? digitalName(recipe, options.digital) : undefined;
  const network = digital === undefined ? recipe.network : (recipe.digital[digital] as Network);
  const plan = planNetwork(network, digital === undefined ? physicalParts(recipe.devices, recipe.twins) : {});
  const { batch, epochs } = recipe.options;
  const batchesPerEpoch = Math.floor(task.train.labels.length / batch);
  if (batchesPerEpoch === 0) throw new BadInputError(`${task.train.labels.length} training rows fill no batch of ${batch}`);
  return {
    task,
    systemName: options.system,
    rule,
    ...(digital === undefined ? {} : { digital }),
    seed,
    recipe,
    parts: {
      plan,
      runtime,
      devices: recipe.devices,
      batches: (epoch) => task.batches(epoch, { size: batch, seed }),
      batchesPerEpoch,
      examples: task.train,
    },
    parameters: plan.segments.reduce((sum, { size, fixed }) => sum + (fixed === true ? 0 : size), 0),
    steps: trainingRules[rule].reduce((sum, phase) => sum + stepsOf(phase, { epochs }, batchesPerEpoch), 0),
  };
}

function digitalName({ digital }: TrainRecipe, name = Object.keys(digital)[0] as string): string {
  if (Object.hasOwn(digital, name)) return name;
  throw new BadInputError(`Unknown digital part "${name}"${didYouMean(name, Object.keys(digital))}`);
}

function firstRows(dataset: SplitDataset, rows: number): SplitDataset {
  const { labels } = dataset.train;
  if (rows >= labels.length) return dataset;
  return {
    ...dataset,
    train: takeLabelled(
      dataset.train,
      Uint32Array.from({ length: rows }, (_, row) => row),
    ),
  };
}

function physicalParts(devices: TrainRecipe["devices"], twins: TrainRecipe["twins"]): Record<string, PhysicalPart> {
  return Object.fromEntries(
    Object.entries(devices).map(([name, { ports, stages }]) => {
      const twin = loadModel((twins[name] as Twin).model);
      return [name, { inputs: ports.inputs, parameters: ports.parameters, twin, width: stages.at(-1)?.width as number }];
    }),
  );
}

/** The twins of a recipe, or the one that a user gives for its only device. */
async function twinsOf(
  { devices, twins, twinsAsMade }: TrainRecipe,
  own: TrainingExperimentOptions["twin"],
): Promise<TrainRecipe["twins"]> {
  if (own === undefined) return twins;
  if (own === "as-made") {
    if (twinsAsMade === undefined)
      throw new BadInputError("This system does not give its own equations, expected a model as its twin");
    return twinsAsMade();
  }
  const [[name, device] = fail(), ...others] = Object.entries(devices);
  if (others.length > 0) fail();
  return { [name]: await ownTwin(own.model, own.file, device) };

  function fail(): never {
    const count = Object.keys(devices).length;
    throw new BadInputError(
      `A twin of your own takes the place of one: this system has ${count} (${Object.keys(devices).join(", ")})`,
    );
  }
}
