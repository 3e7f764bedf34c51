import { type Graph, int, type Node } from "../graph.ts";
import { isFloat } from "../tensor.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/** Sums of products: what is infinite in one of their terms is so, or not a number, in the sum. */
const sums: ReadonlySet<string> = new Set(["Gemm", "MatMul", "Conv", "ConvTranspose", "ReduceSum"]);

/** What gives on the values it is given, in other places or less one another. */
const carries: ReadonlySet<string> = new Set(["Reshape", "Transpose", "Concat", "Sub", "Identity"]);

/** So many values are looked behind at most. */
const FAR = 100;

/**
 * The graph with values that are kept or made 0 multiplied by 1 or 0 rather than chosen, which takes a runtime three times as
 * long. An infinite value times 0 is not a number: that is done only to what sums of products gave, whose values are finite
 * but for an overflow that nothing is to be had from anyway.
 */
export function maskByProduct(graph: Graph): Graph {
  return rewriteNodes(graph, (node, context) =>
    node.op === "Where" && node.domain === "" ? asProduct(node, context) : undefined,
  );
}

const TYPES: Readonly<Record<string, number>> = { float32: 1, float64: 11 };

function asProduct(node: Node, context: RewriteContext): readonly Node[] | undefined {
  const { typeOf, constantOf, fresh } = context;
  const [condition, value, otherwise] = node.inputs as readonly [string, string, string];
  const [from, kept, zero] = [typeOf(condition), typeOf(value), constantOf(otherwise)];
  const to = TYPES[kept?.type ?? ""];
  if (zero === undefined || zero.data.length !== 1 || Number(zero.data[0]) !== 0 || zero.shape.length > 0) return undefined;
  if (to === undefined || from?.shape === undefined || kept === undefined || from.shape.join() !== kept.shape?.join())
    return undefined;
  if (!isSummed(value, context, new Set())) return undefined;
  const mask = fresh({ type: kept.type, shape: from.shape });
  return [
    { ...node, op: "Cast", inputs: [condition], outputs: [mask], attributes: { to: int(to) } },
    { ...node, op: "Mul", inputs: [value, mask], attributes: {} },
  ];
}

/** @param seen values that are looked behind already */
function isSummed(name: string, context: RewriteContext, seen: Set<string>): boolean {
  if (seen.has(name)) return true;
  const maker = context.makerOf(name);
  if (maker === undefined || maker.domain !== "" || seen.size > FAR) return false;
  seen.add(name);
  if (sums.has(maker.op)) return true;
  const [a = "", b = ""] = maker.inputs;
  if (maker.op === "Mul" && isMask(b, context)) return isSummed(a, context, seen);
  const values = maker.op === "Reshape" ? [a] : maker.inputs;
  return carries.has(maker.op) && values.every((input) => isSummed(input, context, seen));
}

/** Whether these are ones and zeros. */
function isMask(name: string, { makerOf, typeOf }: RewriteContext): boolean {
  const maker = makerOf(name);
  if (maker?.op !== "Cast" || maker.domain !== "") return false;
  return typeOf(maker.inputs[0] as string)?.type === "bool" && isFloat(typeOf(name)?.type ?? "bool");
}
