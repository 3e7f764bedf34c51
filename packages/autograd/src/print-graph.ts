import { type Attribute, describeNode, type Graph, type Node, type ValueType } from "./graph.ts";
import { formatShape } from "./shapes/shape-rule.ts";
import { isFloat, sizeOf } from "./tensor.ts";

/** Numbers in the constants of a graph and of the graphs inside its nodes that a derivative can be taken by. */
export function countParameters(graph: Graph): number {
  let count = 0;
  for (const { type, shape } of graph.constants.values()) if (isFloat(type)) count += sizeOf(shape);
  for (const { attributes } of graph.nodes) {
    for (const attribute of Object.values(attributes)) if (attribute.kind === "graph") count += countParameters(attribute.value);
  }
  return count;
}

/** A listing of a graph for a person: inputs, constants, nodes in their order, outputs; graphs inside nodes are indented. */
export function printGraph(graph: Graph): string {
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
  const title = `${graph.name === "" ? "graph" : graph.name}: ${count(graph.nodes.length, "node")}, ${count(countParameters(graph), "parameter")}`;
  return [title, ...graphLines(graph)].join("\n");
}

function graphLines(graph: Graph): string[] {
  const typed = new Map<string, ValueType>([...graph.types, ...graph.inputs.map((value) => [value.name, value] as const)]);
  for (const value of graph.outputs) typed.set(value.name, value);
  return [
    ...section("inputs", table(graph.inputs.map((value) => [value.name, formatType(value)]))),
    ...section(
      "constants",
      table(Array.from(graph.constants, ([name, tensor]) => [name, formatType(tensor), String(sizeOf(tensor.shape))])),
    ),
    ...section("nodes", nodeLines(graph.nodes, typed)),
    ...section("outputs", table(graph.outputs.map((value) => [value.name, formatType(value)]))),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function nodeLines(nodes: readonly Node[], types: ReadonlyMap<string, ValueType>): string[] {
  const rows = table(nodes.map((node) => [formatOutputs(node, types), "=", formatCall(node)]));
  return nodes.flatMap((node, i) => [rows[i] ?? "", ...innerLines(node)]);
}

function innerLines(node: Node): string[] {
  return Object.entries(node.attributes).flatMap(([name, attribute]) =>
    attribute.kind === "graph"
      ? [`  ${name} of ${describeNode(node)}`, ...graphLines(attribute.value).map((line) => `    ${line}`)]
      : [],
  );
}

function formatOutputs(node: Node, types: ReadonlyMap<string, ValueType>): string {
  return node.outputs
    .map((name) => {
      const type = types.get(name);
      return name === "" ? "–" : type === undefined ? name : `${name}: ${formatType(type)}`;
    })
    .join(", ");
}

function formatCall({ op, domain, inputs, attributes }: Node): string {
  const options = Object.entries(attributes)
    .filter(([, attribute]) => attribute.kind !== "graph")
    .map(([name, attribute]) => `${name}=${formatAttribute(attribute)}`);
  return `${domain === "" ? "" : `${domain}.`}${op}(${[...inputs.map((name) => name || "–"), ...options].join(", ")})`;
}

function formatAttribute(attribute: Attribute): string {
  switch (attribute.kind) {
    case "int":
    case "float":
      return String(attribute.value);
    case "ints":
    case "floats":
      return `[${attribute.value.join(", ")}]`;
    case "string":
    case "strings":
      return JSON.stringify(attribute.value);
    case "tensor":
      return formatType(attribute.value);
    case "graph":
      return attribute.value.name;
    default:
      throw new TypeError(`Attribute kind ${String(attribute satisfies never)} is not known`);
  }
}

function formatType({ type, shape }: ValueType): string {
  return `${type}${formatShape(shape)}`;
}

const widestColumn = 60;

/** Rows with their columns in line, but for cells of unusual width and the last one, which is as wide as it is. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, { length }] of row.entries()) if (length <= widestColumn) widths[i] = Math.max(widths[i] ?? 0, length);
  }
  return rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join("  "));
}
