import type { PhysicalSystem, SelfLearningSystem } from "@ohmwork/core";
import type { Task } from "@ohmwork/tasks";

/** What a device is told of a task: learned from `train`; scored, and sampled, on `test`. */
export type DeviceTask = Pick<Task, "name" | "kind" | "train" | "test" | "score" | "classNames">;

type Identity = {
  readonly fleet: string;
  readonly id: string;
  /** What the system is called where people read. */
  readonly systemName: string;
  /** Groups whose updates are for it too. */
  readonly groups?: readonly string[];
};

/** A device that learns a task where it stands. */
export type LearningDevice = Identity & {
  readonly system: SelfLearningSystem;
  /** What its rule is called where people read. */
  readonly ruleName: string;
  readonly task: DeviceTask;
  /** Presentations to learn for. */
  readonly steps: number;
  /** Seed of the order in which rows are shown. */
  readonly seed: number;
  /** Presentations between two looks at how it goes. @default 500 */
  readonly reportEvery?: number;
  /** Error of the training rows below which there is nothing left to learn [V²]; for tasks whose score is an error. */
  readonly goodEnough?: number;
};

/** A device that learns nothing by itself: it measures under leases, and takes updates. */
export type DrivenDevice = Identity & {
  readonly system: PhysicalSystem;
  /** Whose test rows an update is judged by. */
  readonly task?: DeviceTask;
  readonly steps?: never;
};

/** One physical system with an identity in a fleet. */
export type Device = LearningDevice | DrivenDevice;

export const isLearning = (device: Device): device is LearningDevice => device.steps !== undefined;
