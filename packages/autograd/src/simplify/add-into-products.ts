import { float, type Graph, type Node } from "../graph.ts";
import { readByBodies } from "./remove-dead.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/**
 * The graph with what is added to a matrix product handed to the product, which adds as it multiplies: of a sum of products
 * Σ AᵢᵀGᵢ, as gradients of a shared matrix are, each goes on from the one before.
 */
export function addIntoProducts(graph: Graph): Graph {
  const uses = countUses(graph);
  return rewriteNodes(graph, (node, context) => {
    if (node.op !== "Add" || node.domain !== "") return undefined;
    const [a, b] = node.inputs as readonly [string, string];
    return taken(node, a, b, uses, context) ?? taken(node, b, a, uses, context);
  });
}

function taken(
  node: Node,
  product: string,
  other: string,
  uses: ReadonlyMap<string, number>,
  { makerOf, typeOf }: RewriteContext,
): Node | undefined {
  const maker = makerOf(product);
  if (maker?.op !== "Gemm" || maker.domain !== "" || uses.get(product) !== 1) return undefined;
  const [left, right, before = ""] = maker.inputs as readonly [string, string, string?];
  const [own, whole, added] = [product, node.outputs[0] as string, other].map((name) => typeOf(name)?.shape);
  const same = own !== undefined && [whole, added].every((shape) => shape?.join() === own.join());
  if (before !== "" || !same) return undefined;
  return { ...maker, inputs: [left, right, other], outputs: node.outputs, attributes: { ...maker.attributes, beta: float(1) } };
}

/** How often each value is read, by nodes, by their bodies, and as a result. */
function countUses({ nodes, outputs }: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  const count = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const { inputs, attributes } of nodes) {
    for (const name of inputs) count(name);
    for (const name of readByBodies(attributes)) count(name);
  }
  for (const { name } of outputs) count(name);
  return uses;
}
