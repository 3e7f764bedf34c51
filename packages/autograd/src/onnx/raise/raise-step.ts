import { GraphError } from "../../graph-error.ts";
import { type Attribute, type Attributes, describeNode, type Node, OPSET, type ValueType } from "../../graph.ts";
import { type ElementType, type Tensor, tensor } from "../../tensor.ts";

/** What a step may ask and make while a node is raised. */
export type RaiseContext = {
  /** The opset of the file. */
  readonly version: number;
  readonly typeOf: (name: string) => ValueType | undefined;
  readonly constantAt: (name: string) => Tensor | undefined;
  /** Whether a node or an output of the graph reads the value. */
  readonly isRead: (name: string) => boolean;
  /** A name nobody has. */
  readonly fresh: (hint: string) => string;
  /** Adds a constant and gives its name. */
  readonly constant: (value: Tensor, hint: string) => string;
};

/** One change that an operator went through: nodes of files from before opset `before` are rewritten by `raise`. */
export type RaiseStep = {
  readonly before: number;
  readonly raise: (node: Node, context: RaiseContext) => readonly Node[];
};

/** The node with other attributes: those given as undefined are gone. */
export function withAttributes(node: Node, changes: Readonly<Record<string, Attribute | undefined>>): Node {
  const attributes: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries({ ...node.attributes, ...changes } as Attributes)) {
    // Attributes as objects have them, so an absent one is to be left out and not to be undefined.
    if ((value as Attribute | undefined) !== undefined) attributes[name] = value;
  }
  return { ...node, attributes };
}

/** The node with an input at a place, the places in between left out. */
export function withInput(node: Node, index: number, name: string): Node {
  const inputs = Array.from({ length: Math.max(node.inputs.length, index + 1) }, (_, i) => node.inputs[i] ?? "");
  return { ...node, inputs: inputs.with(index, name) };
}

/** A vector of whole numbers as a constant. */
export function intsConstant(context: RaiseContext, values: readonly number[], hint: string): string {
  return context.constant(tensor("int64", [values.length], values), hint);
}

/** A scalar constant of the type that a value has; where the file does not tell, a node gives it that type. */
export function scalarLike(context: RaiseContext, value: number, like: string, hint: string): { name: string; nodes: Node[] } {
  const type: ElementType = context.typeOf(like)?.type ?? "float32";
  const constant = context.constant(tensor(type, [], [value]), hint);
  if (context.typeOf(like) !== undefined) return { name: constant, nodes: [] };
  const name = context.fresh(hint);
  const cast = { op: "CastLike", domain: "", name: "", inputs: [constant, like], outputs: [name], attributes: {} };
  return { name, nodes: [cast] };
}

/** An error that says what cannot be raised, and between which versions. */
export function cannotRaise(node: Node, context: RaiseContext, why: string): GraphError {
  return new GraphError(`${describeNode(node)} cannot be raised from opset ${context.version} to ${OPSET}: ${why}`, {
    node: node.name,
  });
}
