import type { Batch, SelfLearningSystem } from "@ohmwork/core";
import type { Task } from "@ohmwork/tasks";

/** One physical system with an identity in a fleet, and what it is to learn. */
export type Device = {
  readonly fleet: string;
  readonly id: string;
  readonly system: SelfLearningSystem;
  /** What the system and its rule are called where people read. */
  readonly systemName: string;
  readonly ruleName: string;
  /** Learned from `train`; scored, and sampled, on `test`. */
  readonly task: Pick<Task, "name" | "train" | "test" | "score">;
  /** Presentations to learn for. */
  readonly steps: number;
  /** Mean power [W] over some inputs, where it can be told. */
  readonly measurePower?: (inputs: Batch) => Promise<number>;
};
