import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";

/** A loss as a piece of graph: scores [rows, classes] and targets [rows, classes] in, one number out, the smaller the better. */
export type Loss = (builder: GraphBuilder, scores: Value, targets: Value) => Value;
