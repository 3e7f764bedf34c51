import { type Graph, int, ints, intOf, type Node } from "../graph.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/** Fewer places than this are picked about as fast as they are. */
const FEW = 32;

/**
 * The graph with columns of matrices picked as rows between two transpositions: a runtime copies a row at once and a column
 * number by number, which takes it five times as long.
 */
export function pickRows(graph: Graph): Graph {
  return rewriteNodes(graph, (node, context) => (node.op === "Gather" && node.domain === "" ? asRows(node, context) : undefined));
}

function asRows(node: Node, { typeOf, fresh }: RewriteContext): readonly Node[] | undefined {
  const [matrix, places] = node.inputs as readonly [string, string];
  const [from, picks] = [typeOf(matrix), typeOf(places)];
  const [rows, columns] = from?.shape?.length === 2 ? from.shape : [];
  const [count] = picks?.shape?.length === 1 ? picks.shape : [];
  if (from === undefined || rows === undefined || columns === undefined || typeof count !== "number" || count < FEW)
    return undefined;
  if (![1, -1].includes(intOf(node, "axis", 0))) return undefined;
  const turned = fresh({ type: from.type, shape: [columns, rows] });
  const picked = fresh({ type: from.type, shape: [count, rows] });
  const turn = (input: string, output: string): Node => ({
    op: "Transpose",
    domain: "",
    name: "",
    inputs: [input],
    outputs: [output],
    attributes: { perm: ints([1, 0]) },
  });
  return [
    turn(matrix, turned),
    { ...node, inputs: [turned, places], outputs: [picked], attributes: { axis: int(0) } },
    turn(picked, node.outputs[0] as string),
  ];
}
