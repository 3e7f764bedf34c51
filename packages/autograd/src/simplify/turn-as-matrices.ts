import { type Graph, ints, intsOf, type Node } from "../graph.ts";
import { sizeOf, tensor } from "../tensor.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/**
 * The graph with transpositions that put the last axes in front of the others made transpositions of matrices, which a runtime
 * has a faster way for.
 */
export function turnAsMatrices(graph: Graph): Graph {
  return rewriteNodes(graph, (node, context) =>
    node.op === "Transpose" && node.domain === "" ? asMatrix(node, context) : undefined,
  );
}

function asMatrix(node: Node, { typeOf, fresh, constant }: RewriteContext): readonly Node[] | undefined {
  const from = typeOf(node.inputs[0] as string);
  const perm = intsOf(node, "perm");
  const shape = from?.shape;
  if (from === undefined || perm === undefined || perm.length < 3 || shape?.every((size) => typeof size === "number") !== true)
    return undefined;
  const [first] = perm as readonly [number, ...number[]];
  if (first === 0 || !perm.every((axis, at) => axis === (first + at) % perm.length)) return undefined;
  const sizes = shape;
  const [rows, columns] = [sizeOf(sizes.slice(0, first)), sizeOf(sizes.slice(first))];
  if (rows === 0 || columns === 0) return undefined; // 0 is another size to Reshape
  const matrix = fresh({ type: from.type, shape: [rows, columns] });
  const turned = fresh({ type: from.type, shape: [columns, rows] });
  const reshape = (input: string, output: string, to: readonly number[]): Node => ({
    op: "Reshape",
    domain: "",
    name: "",
    inputs: [input, constant(tensor("int64", [to.length], to))],
    outputs: [output],
    attributes: {},
  });
  return [
    reshape(node.inputs[0] as string, matrix, [rows, columns]),
    { ...node, inputs: [matrix], outputs: [turned], attributes: { perm: ints([1, 0]) } },
    reshape(
      turned,
      node.outputs[0] as string,
      perm.map((axis) => sizes[axis] as number),
    ),
  ];
}
