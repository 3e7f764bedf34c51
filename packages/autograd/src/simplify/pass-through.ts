import { type Graph, intsOf, type Node } from "../graph.ts";
import { isFloat, type Tensor, tensor } from "../tensor.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/**
 * The graph without what leaves its values as they are (identities, times 1, less 0, a transposition undone by the next), and
 * with factors that follow each other made one. Nothing here changes a result by more than rounding.
 */
export function passThrough(graph: Graph): Graph {
  return rewriteNodes(graph, (node, context) => (node.domain === "" ? reduced(node, context) : undefined));
}

function reduced(node: Node, context: RewriteContext): Node | string | undefined {
  const [a = "", b = ""] = node.inputs;
  switch (node.op) {
    case "Identity":
      return a;
    case "Neg": {
      const maker = context.makerOf(a);
      return maker?.op === "Neg" && maker.domain === "" ? maker.inputs[0] : undefined;
    }
    case "Mul":
      return sameShape(node, a, context) && isAll(b, 1, context)
        ? a
        : sameShape(node, b, context) && isAll(a, 1, context)
          ? b
          : joinedFactors(node, context);
    case "Add":
      return sameShape(node, a, context) && isAll(b, -0, context)
        ? a
        : sameShape(node, b, context) && isAll(a, -0, context)
          ? b
          : minus(node, context);
    case "Div":
    case "Sub":
      return sameShape(node, a, context) && isAll(b, node.op === "Div" ? 1 : 0, context) ? a : undefined;
    case "Transpose":
      return undone(node, context);
    case "Reshape":
    case "Expand":
      return sameShape(node, a, context) ? a : undefined;
    default:
      return undefined;
  }
}

/** Whether a node's output has, for all that is known before it runs, the very shape of a value. */
function sameShape({ outputs }: Node, name: string, { typeOf }: RewriteContext): boolean {
  const [own, other] = [typeOf(outputs[0] as string)?.shape, typeOf(name)?.shape];
  // Two open sizes of one name are equal; a size named by ourselves may stand for anything.
  return (
    own !== undefined && other !== undefined && own.length === other.length && own.every((size, axis) => size === other[axis])
  );
}

function isAll(name: string, value: number, { constantOf }: RewriteContext): boolean {
  const constant = constantOf(name);
  if (constant === undefined || !isFloat(constant.type) || constant.type === "float16" || constant.data.length > 4096)
    return false;
  return (constant.data as Float32Array | Float64Array).every((entry) => Object.is(entry, value));
}

/** Between these a product of two factors has all digits of a float32. */
const [SMALLEST, LARGEST] = [1e-30, 1e30];

/** (x · c) · d = x · (c d) for two scalars whose product is within the reach of their type. */
function joinedFactors(node: Node, context: RewriteContext): Node | undefined {
  const [x, factor] = scalarFactor(node, context) ?? [];
  const maker = x === undefined ? undefined : context.makerOf(x);
  if (x === undefined || factor === undefined || maker?.op !== "Mul" || maker.domain !== "") return undefined;
  const [within, other] = scalarFactor(maker, context) ?? [];
  if (within === undefined || other === undefined || other.type !== factor.type) return undefined;
  const product = tensor(factor.type, [], [Number(factor.data[0]) * Number(other.data[0])]);
  const size = Math.abs(Number(product.data[0]));
  // A product beyond it would lose what x, small or large itself, brings back within.
  if (size < SMALLEST || size > LARGEST) return undefined;
  return { ...node, inputs: [within, context.constant(product)] };
}

function scalarFactor({ inputs }: Node, { constantOf }: RewriteContext): [string, Tensor] | undefined {
  for (const [at, name] of inputs.entries()) {
    const constant = constantOf(name);
    const other = inputs[1 - at] as string;
    const isNumber = constant?.shape.length === 0 && isFloat(constant.type) && constant.type !== "float16";
    if (isNumber && constantOf(other) === undefined) return [other, constant];
  }
  return undefined;
}

/** a + (−b) = a − b. */
function minus(node: Node, { makerOf }: RewriteContext): Node | undefined {
  const [a, b] = node.inputs as readonly [string, string];
  for (const [x, y] of [
    [a, b],
    [b, a],
  ] as const) {
    const maker = makerOf(y);
    if (maker?.op === "Neg" && maker.domain === "") return { ...node, op: "Sub", inputs: [x, maker.inputs[0] as string] };
  }
  return undefined;
}

function undone(node: Node, { makerOf, typeOf }: RewriteContext): string | undefined {
  const maker = makerOf(node.inputs[0] as string);
  const rank = typeOf(node.outputs[0] as string)?.shape?.length;
  if (maker?.op !== "Transpose" || maker.domain !== "" || rank === undefined) return undefined;
  const turned = Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const [first, second] = [intsOf(maker, "perm") ?? turned, intsOf(node, "perm") ?? turned];
  return second.every((from, axis) => first[from] === axis) ? maker.inputs[0] : undefined;
}
