import type { Batch } from "./batch.ts";

/** A group of like channels of a system: `size` values of one unit in one window. */
export type Port = {
  readonly name: string;
  readonly unit: string;
  readonly size: number;
  readonly min: number;
  readonly max: number;
  /** Number of positions the hardware can take between min and max, both included; absent where it is continuous. */
  readonly levels?: number;
};

/** What goes in, what is set, what comes out; values stand in the order of the groups. */
export type Ports = { readonly inputs: readonly Port[]; readonly parameters: readonly Port[]; readonly outputs: readonly Port[] };

/** What a caller must know of a system besides its ports; the contract suite selects its tests by them. */
export type Traits = {
  /** The same call on a system of the same state gives the same bits. */
  readonly repeatable: boolean;
  /** A round trip leaves this process. */
  readonly remote: boolean;
  /** Rows that one call may carry. */
  readonly largestBatch: number;
};

/** A quantity that is really measured; `twin` is the sha256 of the graph that models it, where there is one. */
export type Stage = { readonly name: string; readonly width: number; readonly twin?: string };

/** Counts every change of a system's parameters, whoever made it. */
export type Revision = number & { readonly revision: unique symbol };

/** `id` keys simulated noise, and makes a retry the same call. */
export type Call = { readonly id?: string; readonly signal?: AbortSignal };

export type Measured = {
  /** Of the parameters while it was measured. */
  readonly revision: Revision;
  /** One batch [rows, width] per stage. */
  readonly stages: Readonly<Record<string, Batch>>;
  /** Power taken while each row was answered [rows] W, from a system that can tell. */
  readonly powerWatts?: Float32Array;
};

/** Turns inputs and parameters into outputs by its own physics. */
export interface PhysicalSystem extends AsyncDisposable {
  readonly ports: Ports;
  readonly traits: Traits;
  /** What is measured, in order; the last stage is the output. */
  readonly stages: readonly Stage[];
  /**
   * Sets all parameters, in the order of `ports.parameters`. Set once, not with every call: a learning board keeps its fractions.
   *
   * @throws RangeError when the number of values is wrong
   * @throws PortRangeError when a value leaves its window; nothing is changed then
   */
  program(parameters: Float32Array, call?: Call): Promise<Revision>;
  /**
   * Measures the response to inputs [rows, width].
   *
   * @throws RangeError when the width is wrong or the batch too large
   * @throws PortRangeError when an input is outside its window or not a number
   * @throws AbortedError when the signal fires
   */
  respond(inputs: Batch, call?: Call): Promise<Measured>;
  /** Drift and noise state of a simulation; `restore` continues to the same bits. */
  snapshot?(): Promise<Uint8Array>;
  restore?(state: Uint8Array): Promise<void>;
}

export type LearnOptions = {
  /** Presentations of one row each, 1 or more. Rows are taken in the order of the batch, again from its start when it ends. */
  readonly steps: number;
  /** Presentations between two progress reports. @default 500 */
  readonly reportEvery?: number;
  readonly signal?: AbortSignal;
};

export type LearnProgress = {
  /** Presentations so far in this call. */
  readonly step: number;
  /** Mean squared distance of the free outputs from their labels since the last report [V²]. */
  readonly error: number;
  /** Presentations since the last report at which something was taught (a hinge skips the others). */
  readonly taught: number;
  readonly revision: Revision;
};

/** A system whose own elements compute their change: it learns where it stands. */
export interface SelfLearningSystem extends PhysicalSystem {
  /**
   * Learns in place from inputs [rows, inputs] and labels [rows, outputs]. A NaN label: that output is not clamped.
   *
   * @throws RangeError when rows or widths disagree, or `steps` or `reportEvery` is not a whole number of 1 or more
   * @throws PortRangeError when an input or a label is outside its window
   * @throws AbortedError when the signal fires
   */
  learn(inputs: Batch, labels: Batch, options: LearnOptions): AsyncIterable<LearnProgress>;
  /** Values in the order of `ports.parameters`. */
  parameters(): Promise<{ revision: Revision; values: Float32Array }>;
}
