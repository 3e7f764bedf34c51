import type { ElementType, Tensor } from "./tensor.ts";

/** A size, or the name of a size that is known only when the graph runs. */
export type Dimension = number | string;

/** Sizes of the axes, outermost first. */
export type Shape = readonly Dimension[];

/** What a graph knows of a value before it runs; an absent shape is one whose very rank is unknown. */
export type ValueType = { readonly type: ElementType; readonly shape?: Shape | undefined };

/** A named value of a graph. */
export type Value = ValueType & { readonly name: string };

/** An attribute with its kind, since ONNX keeps 1 and 1.0 apart. */
export type Attribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: Tensor }
  | { readonly kind: "graph"; readonly value: Graph };

export type Attributes = Readonly<Record<string, Attribute>>;

/** One operation; the name "" stands for an input or output that is left out. */
export type Node = {
  readonly op: string;
  /** "" is ONNX's own set of operators. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
};

/**
 * An ONNX graph as plain data. Nodes stand in an order in which each comes after those it reads, and a name is given to one
 * value only. The operators are those of opset `OPSET`: `loadModel` raises older ones to it.
 */
export type Graph = {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Constants by name. */
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly Node[];
  /** Types of the values in between, as far as they are known. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** Versions of other operator sets by their domain. */
  readonly domains: Readonly<Record<string, number>>;
};

/** The version of ONNX's own operators that graphs here are written in. */
export const OPSET = 21;

/** The version of the file format that goes with it. */
export const IR_VERSION = 10;

export function int(value: number): Attribute {
  return { kind: "int", value };
}

export function ints(value: readonly number[]): Attribute {
  return { kind: "ints", value };
}

export function float(value: number): Attribute {
  return { kind: "float", value };
}

export function floats(value: readonly number[]): Attribute {
  return { kind: "floats", value };
}

export function text(value: string): Attribute {
  return { kind: "string", value };
}

/** The whole number of an attribute, or what stands in its absence. */
export function intOf(node: Node, name: string, absent: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === "int" ? attribute.value : absent;
}

export function intsOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === "ints" ? attribute.value : undefined;
}

export function floatOf(node: Node, name: string, absent: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === "float" ? attribute.value : absent;
}

export function textOf(node: Node, name: string, absent: string): string {
  const attribute = node.attributes[name];
  return attribute?.kind === "string" ? attribute.value : absent;
}

/** How a node is named to a person: its own name, or its operator and what it makes. */
export function describeNode(node: Node): string {
  return node.name === "" ? `${node.op} → ${node.outputs.find((name) => name !== "") ?? "nothing"}` : `${node.op} "${node.name}"`;
}
