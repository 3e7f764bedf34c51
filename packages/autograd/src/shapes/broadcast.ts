import type { Dimension, Node, Shape } from "../graph.ts";
import { formatShape, graphFault } from "./shape-rule.ts";

/**
 * The shape of an elementwise operation on tensors of these shapes (ONNX's multidirectional broadcasting). A named size
 * beside a number above 1 takes the number. Either of two different names may turn out to be 1, so the two give a third name,
 * always the same for the same two.
 *
 * @throws GraphError when two sizes differ and neither is 1
 */
export function broadcastShapes(node: Node, shapes: readonly (Shape | undefined)[]): Shape | undefined {
  if (shapes.some((shape) => shape === undefined)) return undefined;
  const known = shapes as readonly Shape[];
  const rank = Math.max(0, ...known.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size: Dimension = 1;
    for (const shape of known) {
      const at = axis - (rank - shape.length);
      const next = at < 0 ? 1 : (shape[at] as Dimension);
      if (next === 1 || next === size) continue;
      if (size === 1) size = next;
      else if (typeof size === "string") size = typeof next === "number" ? next : either(size, next);
      else if (typeof next === "number") {
        throw graphFault(node, `cannot broadcast ${known.map(formatShape).join(" with ")}`);
      }
    }
    return size;
  });
}

function either(a: string, b: string): string {
  const names = new Set([...a.split("|"), ...b.split("|")].map((name) => name.replace(/^\?(?!\d)/, "")));
  return `?${[...names].toSorted().join("|")}`;
}
