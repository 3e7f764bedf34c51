import type { PhysicalSystem, SelfLearningSystem } from "@ohmwork/core";
import type { ClipLayout, Task } from "@ohmwork/tasks";
import type { Decision } from "./sensor/decision.ts";

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
  /** Where its parameters stand while there is no committed set. @default each where its port is nearest to 0 */
  readonly rest?: Float32Array;
  /** Answers to sounds, which are the inputs of its system and its scores the outputs. */
  readonly sensor?: SensorSpec;
  readonly steps?: never;
};

/** What makes a device a sensor of sounds. */
export type SensorSpec = {
  /** What it tells apart, as people read it. */
  readonly task: string;
  /** What it can take a sound for, in the order of its outputs; `unknown` is none of them. */
  readonly classes: readonly string[];
  /** How a sound is laid into a row of inputs. */
  readonly layout: ClipLayout;
  readonly decision: Decision;
};

/** One physical system with an identity in a fleet. */
export type Device = LearningDevice | DrivenDevice;

export const isLearning = (device: Device): device is LearningDevice => device.steps !== undefined;

export const restOf = (device: Device): Float32Array | undefined => (isLearning(device) ? undefined : device.rest);
export const sensorOf = (device: Device): SensorSpec | undefined => (isLearning(device) ? undefined : device.sensor);
