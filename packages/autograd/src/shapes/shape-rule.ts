import { GraphError } from "../graph-error.ts";
import { describeNode, intOf, type Dimension, type Node, type Shape, type Value, type ValueType } from "../graph.ts";
import { elementTypeOf } from "../onnx/element-types.ts";
import type { ElementType, Tensor } from "../tensor.ts";

/** What a shape rule may ask about the node in hand. */
export type ShapeContext = {
  readonly node: Node;
  readonly inputs: readonly (Value | undefined)[];
  /** The constant at an input, where it is one. */
  readonly constantAt: (index: number) => Tensor | undefined;
  /** Entries of the vector of whole numbers at an input as far as they are known: a shape, axes, a size. */
  readonly dimensionsAt: (index: number) => readonly Dimension[] | undefined;
  /** A name for a size that is not known. */
  readonly unknown: () => string;
};

/** Types of a node's outputs from those of its inputs. Throws GraphError when they cannot go together. */
export type ShapeRule = (context: ShapeContext) => readonly ValueType[];

/** An input that the operator cannot do without. @throws GraphError when it is absent */
export function required(context: ShapeContext, index: number): Value {
  const value = context.inputs[index];
  if (value === undefined) throw graphFault(context.node, `input ${index} is missing`);
  return value;
}

/** An error that names the node. */
export function graphFault(node: Node, message: string): GraphError {
  return new GraphError(`${describeNode(node)}: ${message}`, {
    node: node.name === "" ? (node.outputs[0] ?? node.op) : node.name,
  });
}

/** How a shape is written in messages and listings. */
export function formatShape(shape: Shape | undefined): string {
  return shape === undefined ? "[?]" : `[${shape.join(", ")}]`;
}

/**
 * An axis counted from the front.
 *
 * @throws GraphError when the rank has no such axis
 */
export function axisOf(node: Node, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw graphFault(node, `axis ${axis} is not one of a tensor with ${rank} axes`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** The type that an attribute names by its number in the file format. */
export function namedType(context: ShapeContext, name: string, absent: ElementType): ElementType {
  const code = intOf(context.node, name, 0);
  return code === 0 ? absent : elementTypeOf(code, `Attribute "${name}" of ${describeNode(context.node)}`);
}
