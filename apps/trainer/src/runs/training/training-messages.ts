import type { Batch, OhmworkError, PhysicalSystem, Ports, Revision, Stage, Traits } from "@ohmwork/core";
import type { TrainingProgress, TrainingState } from "@ohmwork/learning";
import type { RunSpec } from "../run.ts";
import type { TrainedRun } from "./train-run.ts";

/** What a thread must know of a device whose physics it reaches through messages. */
export type DeviceShape = { readonly ports: Ports; readonly traits: Traits; readonly stages: readonly Stage[] };

/** An error as it crosses: its kind and its words. */
export type CrossedError = { readonly name: string; readonly message: string; readonly code?: OhmworkError["code"] };

/** What travels to the thread; `job` tells trainings apart, `call` the calls of one. */
export type ToThread =
  | {
      readonly kind: "train";
      readonly job: number;
      readonly spec: RunSpec;
      readonly devices: Readonly<Record<string, DeviceShape>>;
      readonly from?: TrainingState;
    }
  | { readonly kind: "stop"; readonly job: number }
  | { readonly kind: "close" }
  | { readonly kind: "answered"; readonly job: number; readonly call: number; readonly answer: Answer }
  | { readonly kind: "refused"; readonly job: number; readonly call: number; readonly error: CrossedError };

export type Answer = Revision | Awaited<ReturnType<PhysicalSystem["respond"]>> | undefined;

/** What comes from it: calls, each of which is answered, and how a training ends. */
export type FromThread =
  | {
      readonly kind: "program";
      readonly job: number;
      readonly call: number;
      readonly device: string;
      readonly values: Float32Array;
    }
  | {
      readonly kind: "respond";
      readonly job: number;
      readonly call: number;
      readonly device: string;
      readonly inputs: Batch;
      readonly id?: string;
    }
  | { readonly kind: "progress"; readonly job: number; readonly call: number; readonly progress: TrainingProgress }
  | { readonly kind: "trained"; readonly job: number; readonly trained: TrainedRun }
  | { readonly kind: "failed"; readonly job: number; readonly error: CrossedError };
