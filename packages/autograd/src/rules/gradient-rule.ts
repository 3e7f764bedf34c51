import type { GraphBuilder } from "../builder.ts";
import type { Node, Value } from "../graph.ts";

/** What a gradient rule is given: one node, and how the result changes with each of its outputs. */
export type RuleContext = {
  readonly node: Node;
  /** Rules add their nodes here; whatever they make can be differentiated again. */
  readonly builder: GraphBuilder;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly (Value | undefined)[];
  /** Cotangent of each output, of the output's shape; undefined where the result does not depend on it. At least one is there. */
  readonly cotangents: readonly (Value | undefined)[];
  /** Whether anybody asks for the gradient of each input. */
  readonly wanted: readonly boolean[];
};

/**
 * The vector-Jacobian product of one operator: one gradient per input, of the input's shape; undefined for an input through
 * which nothing flows or that nobody asks for.
 */
export type GradientRule = (context: RuleContext) => readonly (Value | undefined)[];
