import type { Attribute, Graph, Node } from "../graph.ts";
import { type TensorData, textOfElement } from "../tensor.ts";
import { rewriteNodes } from "./rewrite.ts";

/** Operators that give something else each time they run. */
export const chance: ReadonlySet<string> = new Set([
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
  "Bernoulli",
  "Multinomial",
  "Dropout",
]);

/** Larger constants are not compared: no two of them are likely to be the same [elements]. */
const MOST_COMPARED = 2 ** 16;

/** Passes compare the same constants again and again. */
const texts = new WeakMap<TensorData, string>();

function textOf(data: TensorData): string {
  const known = texts.get(data);
  if (known !== undefined) return known;
  const text = Array.from(data as ArrayLike<number | bigint | string>, textOfElement).join();
  texts.set(data, text);
  return text;
}

/** The graph with nodes that do the same to the same done once; the same constants are held once. */
export function shareCommon(graph: Graph): Graph {
  const seen = new Map<string, Node>();
  const constants = new Map<string, string>();
  const canonical = new Map<string, string>();
  for (const [name, { type, shape, data }] of graph.constants) {
    if (data.length > MOST_COMPARED) continue;
    const key = `${type}[${shape.join()}]${textOf(data)}`;
    canonical.set(name, constants.get(key) ?? name);
    if (!constants.has(key)) constants.set(key, name);
  }
  return rewriteNodes(graph, (original) => {
    const node = { ...original, inputs: original.inputs.map((name) => canonical.get(name) ?? name) };
    if (chance.has(node.op) || node.outputs.length > 1) return node;
    const key = taskOf(node);
    const before = seen.get(key);
    if (before !== undefined) return before.outputs[0];
    seen.set(key, node);
    return node;
  });
}

/** What a node does to what: nodes with the same give the same. */
export function taskOf(node: Node): string {
  return `${node.domain}:${node.op}(${node.inputs.join()})${attributesKey(node)}`;
}

function attributesKey({ attributes, outputs }: Node): string {
  const entries = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, attribute]) => `${name}=${attributeKey(attribute, outputs)}`).join(";");
}

function attributeKey({ kind, value }: Attribute, outputs: readonly string[]): string {
  if (kind === "tensor")
    return value.data.length > 16
      ? `only ${outputs.join()}`
      : `${value.type}[${value.shape.join()}]${Array.from(value.data as ArrayLike<number | bigint | string>, textOfElement).join()}`;
  // Bodies are not compared.
  if (kind === "graph") return `only ${outputs.join()}`;
  return `${kind}:${String(value)}`;
}
