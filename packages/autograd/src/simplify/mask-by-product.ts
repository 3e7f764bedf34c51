import { type Graph, int, type Node } from "../graph.ts";
import { isFloat } from "../tensor.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/** Sums of products: what is infinite in one of their terms is so, or not a number, in the sum. */
const sums: ReadonlySet<string> = new Set(["Gemm", "MatMul", "Conv", "ConvTranspose"]);

/** What gives on the values it is given, in other places, added up, or less one another. */
const carries: ReadonlySet<string> = new Set(["Concat", "Sub", "Transpose", "Identity", "Reshape", "Gather", "ReduceSum"]);

/** Those of them whose further inputs are no values. */
const carriesFirst: ReadonlySet<string> = new Set(["Reshape", "Gather", "ReduceSum"]);

/** What leaves signs as they are, in other places. */
const moves: ReadonlySet<string> = new Set(["Transpose", "Reshape", "Identity"]);

/** So many values are looked behind at most. */
const FAR = 100;

/**
 * The graph with gradients that a Relu keeps or makes 0 multiplied by 1 or 0 rather than chosen, which takes a runtime three
 * times as long. An infinite value times 0 is not a number: that is done only to what sums of products gave. Where these are
 * infinite, by an overflow or a slope like that of a root at 0, the gradient of what they were multiplied by before is not a
 * number either. What a model chooses by itself stays as it is: it may be there to keep such values out.
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
  if (!isOfRelu(condition, context) || !isSummed(value, context, new Set())) return undefined;
  const mask = fresh({ type: kept.type, shape: from.shape });
  return [
    { ...node, op: "Cast", inputs: [condition], outputs: [mask], attributes: { to: int(to) } },
    { ...node, op: "Mul", inputs: [value, mask], attributes: {} },
  ];
}

/** Whether this is where a Relu gives more than 0. */
function isOfRelu(name: string, context: RewriteContext): boolean {
  const compared = makerBehind(name, context);
  if (compared?.op !== "Greater" || compared.domain !== "") return false;
  const [y = "", bound = ""] = compared.inputs;
  const zero = context.constantOf(bound);
  if (zero?.data.length !== 1 || Number(zero.data[0]) !== 0) return false;
  const relu = makerBehind(y, context);
  return relu?.op === "Relu" && relu.domain === "";
}

/** What made a value, before it was moved. */
function makerBehind(name: string, { makerOf }: RewriteContext): Node | undefined {
  let maker = makerOf(name);
  while (maker !== undefined && maker.domain === "" && moves.has(maker.op)) maker = makerOf(maker.inputs[0] as string);
  return maker;
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
  const values = carriesFirst.has(maker.op) ? [a] : maker.inputs;
  return carries.has(maker.op) && values.every((input) => isSummed(input, context, seen));
}

/** Whether these are ones and zeros. */
function isMask(name: string, { makerOf, typeOf }: RewriteContext): boolean {
  const maker = makerOf(name);
  if (maker?.op !== "Cast" || maker.domain !== "") return false;
  return typeOf(maker.inputs[0] as string)?.type === "bool" && isFloat(typeOf(name)?.type ?? "bool");
}
