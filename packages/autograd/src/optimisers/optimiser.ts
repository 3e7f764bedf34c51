import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { sizeOf, tensor, type Tensor } from "../tensor.ts";

/** What an optimiser's step is given. */
export type OptimiserStep = {
  readonly parameters: Value;
  /** Of the shape of the parameters. */
  readonly gradient: Value;
  readonly slots: readonly Value[];
  /** Step size now, a scalar: a schedule gives it. */
  readonly rate: Value;
  /** Which step this is, counted from 1, a scalar of the parameters' type. */
  readonly step: Value;
};

/** An optimiser as a piece of graph: its state before the first step, and the nodes of one step. */
export type Optimiser = {
  readonly name: string;
  /** What it remembers, by name; each is a tensor of the shape of the parameters. */
  readonly slots: readonly string[];
  readonly init: (parameters: Tensor) => Tensor[];
  readonly update: (builder: GraphBuilder, at: OptimiserStep) => { readonly parameters: Value; readonly slots: readonly Value[] };
};

/** Zeros in every slot, as all optimisers here begin. */
export function zeroSlots(count: number): Optimiser["init"] {
  return ({ type, shape }) => Array.from({ length: count }, () => tensor(type, shape, new Float64Array(sizeOf(shape))));
}
