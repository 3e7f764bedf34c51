import { type Graph, intsOf, type Node, type Value } from "../graph.ts";
import { columnsOf, convolveByColumns } from "../rules/conv-columns.ts";
import { convolutionOf } from "../rules/conv-parts.ts";
import { dividedMax } from "../rules/pool-max.ts";
import { isBatch } from "../rules/samples-last.ts";
import { windowOf } from "../shapes/window.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";
import { splice } from "./splice.ts";

/**
 * The graph with convolutions and poolings of what stands transposed already, for the sake of their gradients, worked on as
 * the gradients are: over all samples, which lie side by side.
 */
export function workOnColumns(graph: Graph): Graph {
  const turned = new Set(graph.nodes.filter((node) => isSamplesLast(node)).map(({ inputs: [x] }) => x as string));
  if (turned.size === 0) return graph;
  const soon = new Set([
    ...turned,
    ...graph.nodes.flatMap(({ op, inputs: [x = ""], outputs: [y = ""] }) => (op === "Relu" && turned.has(y) ? [x] : [])),
  ]);
  return rewriteNodes(graph, (node, context) => {
    const [x, y] = [node.inputs[0] as string, node.outputs[0] as string];
    // What a convolution gives is larger than what a pooling leaves of it: it must be wanted transposed as well.
    return node.domain === "" && turned.has(x) && (node.op === "MaxPool" || soon.has(y)) ? onColumns(node, context) : undefined;
  });
}

function isSamplesLast(node: Node): boolean {
  const perm = node.op === "Transpose" && node.domain === "" ? intsOf(node, "perm") : undefined;
  return perm !== undefined && perm.length > 2 && perm.every((axis, at) => axis === (at + 1) % perm.length);
}

function onColumns(node: Node, context: RewriteContext): readonly Node[] | undefined {
  if (node.outputs.length !== 1) return undefined;
  if (node.op === "MaxPool") return splice(node, context, (builder, [x]) => dividedMax(builder, node, x as Value));
  if (node.op !== "Conv") return undefined;
  return splice(node, context, (builder, [x, w, bias]) => {
    const made = context.typeOf(node.outputs[0] as string);
    if (x === undefined || !isBatch(x.shape) || w === undefined || made === undefined) return undefined;
    if (w.shape?.every((size) => typeof size === "number") !== true) return undefined;
    const of = convolutionOf(node, x, w, windowOf);
    const columns = columnsOf(of, x, w, made);
    return columns && convolveByColumns(builder, of, columns, [x, w, bias]);
  });
}
