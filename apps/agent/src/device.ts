import type { SelfLearningSystem } from "@ohmwork/core";
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
  readonly task: Pick<Task, "name" | "kind" | "train" | "test" | "score" | "classNames">;
  /** Presentations to learn for. */
  readonly steps: number;
  /** Seed of the order in which rows are shown. */
  readonly seed: number;
  /** Presentations between two looks at how it goes. @default 500 */
  readonly reportEvery?: number;
  /** Groups whose updates are for it too. */
  readonly groups?: readonly string[];
  /** Error of the training rows below which there is nothing left to learn [V²]; for tasks whose score is an error. */
  readonly goodEnough?: number;
};
