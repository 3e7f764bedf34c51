import { BadInputError } from "@ohmwork/core";
import { type InPlaceOptions, type TrainingExperimentOptions, trainSystems } from "@ohmwork/recipes";
import { decimalNumber, wholeNumber } from "../strict-command.ts";
import type { SoundChoices } from "./read-task.ts";

/** Options of `ohmwork train` for tasks of sound. */
export const soundArgs = {
  classes: { type: "string", valueHint: "3|7|12", description: "Vowels to tell apart, of recordings; otherwise all there are" },
  slots: {
    type: "string",
    valueHint: "1|3",
    description: "Readings of a sound: one over all of it, or three of 80 ms; otherwise 3",
  },
  tolerance: {
    type: "string",
    valueHint: "0.05",
    description: "Error of every part of the board, its deviation; otherwise 0.05",
  },
  detector: { type: "string", valueHint: "name", description: "What rectifies: precision or diode; otherwise precision" },
  noise: { type: "boolean", description: "Train in 10 to 30 dB of noise, and say what becomes of it in each" },
  nudge: { type: "string", valueHint: "name", description: "Of coupled-learning: symmetric or one-sided; otherwise symmetric" },
  offset: { type: "string", valueHint: "0.002", description: "Of coupled-learning: error of every reading of a drop, in volts" },
  "tolerance-aware": { type: "boolean", description: "In silico: draw the errors of the parts anew at every step" },
} as const;

/** Those options as they are given. */
export type SoundGiven = {
  readonly classes?: string | undefined;
  readonly slots?: string | undefined;
  readonly tolerance?: string | undefined;
  readonly detector?: string | undefined;
  readonly noise?: boolean | undefined;
  readonly nudge?: string | undefined;
  readonly offset?: string | undefined;
  readonly "tolerance-aware"?: boolean | undefined;
};

/** @throws BadInputError when a task of sound is given to what does not hear */
export function expectEar(task: string, system: string): void {
  const ears = Object.keys(trainSystems).filter((name) => name.startsWith("ear-"));
  if (!ears.includes(system)) throw new BadInputError(`Task ${task} is heard by ${ears.join(", ")}: system "${system}" given`);
}

/** What is chosen about the task. @throws BadInputError for what is no number */
export function soundChoices({ classes, slots }: SoundGiven): SoundChoices {
  const numbers = { classes: wholeNumber(classes, "--classes", { min: 1 }), slots: wholeNumber(slots, "--slots", { min: 1 }) };
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}

/** What is chosen about the ear. @throws BadInputError for what is none */
export function earChoices(given: SoundGiven): NonNullable<TrainingExperimentOptions["ear"]> {
  const { detector } = given;
  const tolerance = decimalNumber(given.tolerance, "--tolerance", { min: 0, max: 0.3 });
  if (detector !== undefined && detector !== "precision" && detector !== "diode")
    throw new BadInputError(`Option --detector is "${detector}", expected precision or diode`);
  return {
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(detector === undefined ? {} : { detector }),
    ...(given.noise === true ? { noiseMixture: true } : {}),
    ...(given["tolerance-aware"] === true ? { toleranceAware: true } : {}),
  };
}

/** What is chosen about learning in place. @throws BadInputError for what is none */
export function inPlaceChoices(given: SoundGiven): Pick<InPlaceOptions, "nudge" | "offsetVolts"> {
  const { nudge } = given;
  const offsetVolts = decimalNumber(given.offset, "--offset", { min: 0, max: 1 });
  if (nudge !== undefined && nudge !== "symmetric" && nudge !== "one-sided")
    throw new BadInputError(`Option --nudge is "${nudge}", expected symmetric or one-sided`);
  return { ...(nudge === undefined ? {} : { nudge }), ...(offsetVolts === undefined ? {} : { offsetVolts }) };
}
