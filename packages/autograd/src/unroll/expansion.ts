import type { GraphBuilder } from "../builder.ts";
import type { Node, Value } from "../graph.ts";

/** What is told of a node that is to be written out. */
export type ExpansionContext = {
  readonly builder: GraphBuilder;
  readonly node: Node;
  readonly inputs: readonly (Value | undefined)[];
  /** A value around a body, by its name. */
  readonly outer: (name: string) => Value | undefined;
  /** The one number in a value, as far as it is known before the graph runs; 1 and 0 for true and false. */
  readonly numberOf: (value: Value) => number | undefined;
};

/** Writes a node out as others that do the same, and gives what stands for its outputs. */
export type Expansion = (context: ExpansionContext) => readonly (Value | undefined)[];
