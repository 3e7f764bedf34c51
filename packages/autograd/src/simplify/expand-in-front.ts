import { type Graph, ints, type Node, type Shape } from "../graph.ts";
import { sizeOf, tensor } from "../tensor.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/** Results smaller than this are made about as fast as they are [elements]. */
const SMALL = 1024;

/**
 * The graph with values that are repeated along the last axis repeated along the first, between two transpositions: a runtime
 * copies what is repeated as a whole, and numbers one by one take it some ten times as long.
 */
export function expandInFront(graph: Graph): Graph {
  return rewriteNodes(graph, (node, context) =>
    node.op === "Expand" && node.domain === "" ? inFront(node, context) : undefined,
  );
}

function inFront(node: Node, { typeOf, fresh, constant }: RewriteContext): readonly Node[] | undefined {
  const from = typeOf(node.inputs[0] as string);
  const shape = from?.shape;
  const wide = typeOf(node.outputs[0] as string)?.shape;
  const times = wide?.at(-1);
  if (from === undefined || shape === undefined || wide === undefined || typeof times !== "number" || times < 2) return undefined;
  const rest = shape.slice(0, -1);
  if (shape.at(-1) !== 1 || rest.length === 0 || rest.join() !== wide.slice(0, -1).join() || isSmall(wide)) return undefined;
  const turned = fresh({ type: from.type, shape: [1, ...rest] });
  const repeated = fresh({ type: from.type, shape: [times, ...rest] });
  const axes = rest.map((_, axis) => axis);
  const turn = (input: string, output: string, order: readonly number[]): Node => ({
    op: "Transpose",
    domain: "",
    name: "",
    inputs: [input],
    outputs: [output],
    attributes: { perm: ints(order) },
  });
  const sizes = constant(tensor("int64", [shape.length], [times, ...rest.map(() => 1)]));
  return [
    turn(node.inputs[0] as string, turned, [rest.length, ...axes]),
    { ...node, inputs: [turned, sizes], outputs: [repeated] },
    turn(repeated, node.outputs[0] as string, [...axes.map((axis) => axis + 1), 0]),
  ];
}

function isSmall(shape: Shape): boolean {
  return shape.every((size) => typeof size === "number") && sizeOf(shape) < SMALL;
}
