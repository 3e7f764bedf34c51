import type { SelfLearningSystem } from "@ohmwork/core";
import type { Imperfections } from "@ohmwork/systems";
import type { Task } from "@ohmwork/tasks";

/** A task, a system and a rule that belong together, ready to run. */
export type Experiment = {
  readonly recipe: string;
  readonly task: Task;
  readonly systemName: string;
  readonly system: SelfLearningSystem;
  /** Name of the rule the system was given. */
  readonly rule: string;
  readonly edges: number;
  /** What the simulated system does that an ideal one does not. */
  readonly imperfections: Imperfections;
  readonly steps: number;
  readonly reportEvery: number;
  readonly seed: number;
  /** Error of the training rows at which there is nothing left to learn [V²]. */
  readonly goodEnough?: number;
};

/** What a user may choose about a recipe; the recipe knows the rest. */
export type ExperimentOptions = {
  readonly seed: number;
  readonly rule?: string;
  readonly steps?: number;
  readonly imperfections?: Partial<Imperfections>;
};
