import type { GraphRuntime } from "@ohmwork/autograd";
import type { Batch, PhysicalSystem } from "@ohmwork/core";
import type { Network, TrainingOptions } from "@ohmwork/learning";
import type { Detector, FitProgress, SpiceDeck, SpiceEngine, Twin } from "@ohmwork/systems";
import type { AffineRange } from "@ohmwork/tasks";
import type { SoundNoise } from "./sound-noise.ts";
import type { TrainingTask } from "./training-task.ts";

/** What a user may choose about the physics of a recipe. */
export type TrainRecipeOptions = {
  /** Values in one row of the task, and its classes. */
  readonly inputs: number;
  readonly classes: number;
  /** Rows to learn from: few are gone through more often, in smaller batches. */
  readonly rows: number;
  /** Draws the devices. */
  readonly seed: number;
  /** Every size of the gap between device and twin times this. @default 1 */
  readonly gapScale?: number;
  readonly runtime: GraphRuntime;
  /** Whether device and twin are needed: without them a recipe may leave out what takes long to make. */
  readonly physics: boolean;
  /** Another twin takes the place of the recipe's: a recipe may leave out what takes long to fit. */
  readonly ownTwin?: boolean;
  /** A netlist as the system, and what runs it. */
  readonly spice?: { readonly deck: SpiceDeck; readonly engine: SpiceEngine };
  /** Rows to learn from, for what is fitted to them before training. */
  readonly examples: Batch;
  /** What may be chosen about an ear. */
  readonly ear?: EarChoices;
  /** Stops what takes long to make. */
  readonly signal?: AbortSignal;
  /** Told how far the fit of a twin is. */
  readonly onFit?: (progress: FitProgress) => void;
};

export type EarChoices = {
  /** Relative error of every part, standard deviation. @default that of the gap quoted with */
  readonly tolerance?: number;
  /** @default "precision" */
  readonly detector?: Detector;
  /** Train on clips with 10 to 30 dB of noise. @default false */
  readonly noiseMixture?: boolean;
  /** In silico, draw the parts' errors anew at every step. @default false */
  readonly toleranceAware?: boolean;
};

/** A system with the networks it learns a task in, and how they are trained. */
export type TrainRecipe = {
  readonly network: Network;
  /** What the digital operations of the network can do alone, by name; the first is trained by the rule `digital`. */
  readonly digital: Readonly<Record<string, Network>>;
  /** Devices with their gaps and the twins that know nothing of them, by the names the network calls them. */
  readonly devices: Readonly<Record<string, PhysicalSystem>>;
  readonly twins: Readonly<Record<string, Twin>>;
  /** Makes its devices as one, of which they are the stages, where a fleet has them so. */
  readonly whole?: () => PhysicalSystem;
  /** Graphs of the devices themselves, where a simulation can give them: the true gradient but for drift and noise. */
  readonly twinsAsMade?: () => Promise<Readonly<Record<string, Twin>>>;
  /** Of twins that were fitted to measured pairs: their error on pairs they had not seen, and rows measured in all. */
  readonly fit?: { readonly error: number; readonly measured: number };
  readonly options: TrainingOptions;
  /** How far training pictures are turned, moved and resized. */
  readonly augmentation?: AffineRange;
  /** Side of the squares that pictures are cut into, one after the other in a row, in the place of being pooled. */
  readonly squares?: number;
  /** Noise on the inputs of training rows that are no pictures, its deviation. @default 0 */
  readonly jitter?: number;
  /** Noise on training rows of sound. */
  readonly soundNoise?: SoundNoise;
  /** What the test rows are told apart by without this system, in the place of classifiers of the raw rows. */
  readonly baselines?: (task: TrainingTask) => Promise<Readonly<Record<string, number>>>;
};

/** Fewer training rows than this are few: the shipped digits and vowels, against the tens of thousands of MNIST. */
export const FEW_ROWS = 5000;
