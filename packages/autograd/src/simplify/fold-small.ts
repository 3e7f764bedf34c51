import { createBuilder } from "../builder.ts";
import type { Graph, Node } from "../graph.ts";
import { isFloat, numbersOf, sizeOf, tensor, type Tensor } from "../tensor.ts";
import { rewriteNodes } from "./rewrite.ts";

type Arithmetic = (a: number, b: number) => number;

const arithmetic: Readonly<Record<string, Arithmetic>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Neg: (a) => -a,
  Sqrt: (a) => Math.sqrt(a),
  Exp: (a) => Math.exp(a),
  Log: (a) => Math.log(a),
};

/**
 * The graph with arithmetic of small constants done, and with shapes that are known written down where they were to be asked
 * for. What is larger is left to `foldConstants`, which has a runtime to do it with.
 */
export function foldSmall(graph: Graph): Graph {
  // The builder follows vectors of whole numbers through the nodes; what it knows for certain is a constant.
  const builder = createBuilder(graph);
  return rewriteNodes(graph, (node, context) => {
    if (node.domain !== "" || node.outputs.length !== 1) return undefined;
    const known = knownIntegers(node, builder);
    if (known !== undefined) return context.constant(known);
    const operate = arithmetic[node.op];
    if (operate === undefined) return undefined;
    const operands = node.inputs.map((name) => context.constantOf(name));
    const folded = operands.every((operand) => operand !== undefined) ? fold(operate, operands) : undefined;
    return folded === undefined ? undefined : context.constant(folded);
  });
}

function knownIntegers(node: Node, builder: ReturnType<typeof createBuilder>): Tensor | undefined {
  const value = builder.value(node.outputs[0] as string);
  if (value.type !== "int64" || value.shape === undefined || value.shape.length > 1) return undefined;
  const entries = builder.dimensionsOf(value);
  if (entries === undefined || entries.some((entry) => typeof entry !== "number")) return undefined;
  if (entries.length !== sizeOf(value.shape.map(Number))) return undefined;
  return tensor("int64", value.shape.map(Number), entries as readonly number[]);
}

/** One size for all operands, or scalars beside it. */
function fold(operate: Arithmetic, operands: readonly Tensor[]): Tensor | undefined {
  const [first] = operands as readonly [Tensor];
  if (!isFloat(first.type) || first.type === "float16" || operands.some(({ type }) => type !== first.type)) return undefined;
  const largest = operands.reduce((most, next) => (next.data.length > most.data.length ? next : most));
  if (largest.data.length > 1024) return undefined;
  const fits = operands.every(({ shape, data }) =>
    data.length === 1 ? shape.length <= largest.shape.length : shape.join() === largest.shape.join(),
  );
  if (!fits) return undefined;
  const [a, b = [0]] = operands.map(numbersOf) as [number[], number[]?];
  const at = (values: readonly number[], index: number): number => values[values.length === 1 ? 0 : index] as number;
  return tensor(
    first.type,
    largest.shape,
    Array.from({ length: largest.data.length }, (_, index) => operate(at(a, index), at(b, index))),
  );
}
