import type { Network } from "@ohmwork/circuit";
import type { SelfLearningSystem } from "@ohmwork/core";
import type { TickRule } from "@ohmwork/learning";
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
  /** What a simulated or emulated system does that an ideal one does not. */
  readonly imperfections: Readonly<Record<string, number | readonly string[]>>;
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
  /** Of the simulation; a board has its own. */
  readonly imperfections?: Partial<Imperfections>;
  /** Takes the place of the simulation in recipes that bench-16 can run. */
  readonly board?: Board;
};

/** Somewhere else than in the simulation that a network with a rule can learn. */
export type Board = {
  readonly systemName: string;
  readonly imperfections: Experiment["imperfections"];
  /** @param network with the law its edges have on the board */
  readonly createSystem: (parts: { network: Network; rule: TickRule; seed: number }) => SelfLearningSystem;
};
