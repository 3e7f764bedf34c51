import { type Graph, intsOf, type Node } from "../graph.ts";
import { readByBodies } from "./remove-dead.ts";
import { type RewriteContext, rewriteNodes } from "./rewrite.ts";

/** What works on each element by itself. */
const byElement: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Div", "Where", "Greater", "Less", "Relu", "Neg", "Cast"]);

/**
 * The graph with values transposed before they are worked on element by element rather than behind it, where one of them
 * stands transposed already: what lies between two transpositions that undo each other then needs neither.
 */
export function turnBefore(graph: Graph): Graph {
  const turns = turnsOf(graph);
  const order = (node: Node): string => (intsOf(node, "perm") ?? []).join();
  const standing = new Set(graph.nodes.flatMap((node) => (isTurn(node) ? [`${node.inputs[0]} ${order(node)}`] : [])));
  const inverse = (perm: readonly number[]): string => perm.map((_, axis) => perm.indexOf(axis)).join();
  return rewriteNodes(graph, (node, context) => {
    if (!isTurn(node)) return undefined;
    const perm = intsOf(node, "perm");
    const maker = context.makerOf(node.inputs[0] as string);
    if (perm === undefined || maker === undefined || maker.domain !== "" || !byElement.has(maker.op)) return undefined;
    if (turns.get(maker.outputs[0] as string) !== perm.join()) return undefined;
    const shape = context.typeOf(maker.outputs[0] as string)?.shape;
    const operands = maker.inputs.map((name) => ({ name, shape: context.typeOf(name)?.shape }));
    const isWhole = (of: readonly unknown[] | undefined): boolean => of !== undefined && of.join() === shape?.join();
    if (operands.some((operand) => operand.shape?.length !== 0 && !isWhole(operand.shape))) return undefined;
    const whole = operands.filter((operand) => operand.shape?.length !== 0);
    const isFree = ({ name }: { name: string }): boolean => {
      const before = context.makerOf(name);
      return (
        standing.has(`${name} ${perm.join()}`) || (before !== undefined && isTurn(before) && order(before) === inverse(perm))
      );
    };
    // All but one: the transposition behind is the price of one in front.
    return whole.filter(isFree).length > 0 && whole.filter((operand) => !isFree(operand)).length <= 1
      ? turned(node, maker, perm, context)
      : undefined;
  });
}

function turned(turn: Node, maker: Node, perm: readonly number[], { typeOf, fresh }: RewriteContext): readonly Node[] {
  const before: Node[] = [];
  const inputs = maker.inputs.map((name) => {
    const from = typeOf(name);
    if (from?.shape === undefined || from.shape.length === 0) return name;
    const { type, shape } = from;
    const output = fresh({ type, shape: perm.map((axis) => shape[axis] as number | string) });
    before.push({ ...turn, inputs: [name], outputs: [output] });
    return output;
  });
  return [...before, { ...maker, inputs, outputs: turn.outputs }];
}

function isTurn({ op, domain }: Node): boolean {
  return op === "Transpose" && domain === "";
}

/** Of each value that is read by nothing but transpositions of one order, this order. */
function turnsOf({ nodes, outputs }: Graph): Map<string, string> {
  const turns = new Map<string, string>();
  const read = (name: string, order: string): void => void turns.set(name, (turns.get(name) ?? order) === order ? order : "");
  for (const node of nodes) {
    for (const name of node.inputs) read(name, isTurn(node) ? (intsOf(node, "perm") ?? []).join() : "");
    for (const name of readByBodies(node.attributes)) read(name, "");
  }
  for (const { name } of outputs) read(name, "");
  return turns;
}
