import { textOf, type Dimension, type Node, type Shape } from "../graph.ts";
import { formatShape, graphFault, required, type ShapeRule } from "./shape-rule.ts";

/** The labels of each operand's axes and of the result's, with one label for each axis that stands under an ellipsis. */
export type Equation = {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
  /** Labels of axes under an ellipsis, which may be stretched where their size is 1. */
  readonly hidden: readonly string[];
};

const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

/**
 * The equation of an Einsum over operands of these shapes.
 *
 * @throws GraphError when it is malformed or does not fit the operands
 */
export function equationOf(node: Node, shapes: readonly Shape[]): Equation {
  const written = textOf(node, "equation", "").replaceAll(/\s/g, "");
  const [left = "", right, ...more] = written.split("->");
  const terms = left.split(",");
  const isWritten = /^(?:[A-Za-z]|\.{3})*$/;
  const isWellFormed =
    more.length === 0 && [...terms, right ?? ""].every((term) => isWritten.test(term) && term.split("...").length < 3);
  if (!isWellFormed) throw graphFault(node, `equation "${written}" is malformed`);
  if (terms.length !== shapes.length)
    throw graphFault(node, `equation "${written}" needs ${terms.length} operands: ${shapes.length} given`);
  const spare = letters.filter((letter) => !written.includes(letter));
  const covered = terms.map((term, index) => {
    const count = (shapes[index] as Shape).length - term.replace("...", "").length;
    if (count < 0 || (count > 0 && !term.includes("..."))) {
      throw graphFault(node, `"${term}" of equation "${written}" does not fit ${formatShape(shapes[index])}`);
    }
    return term.includes("...") ? count : 0;
  });
  const widest = Math.max(0, ...covered);
  // The last letters that are free, of which an operand with fewer such axes takes the last ones.
  const hidden = spare.slice(spare.length - widest);
  const expand = (term: string, count: number): string[] => {
    const [before = "", after] = term.split("...");
    return after === undefined
      ? Array.from(before)
      : [before, hidden.slice(widest - count), after].flatMap((labels) => Array.from(labels));
  };
  const operands = terms.map((term, index) => expand(term, covered[index] as number));
  if (right !== undefined) return checked(node, { operands, result: expand(right, widest), hidden });
  const named = terms.join("").replaceAll(".", "");
  const once = Array.from(named)
    .filter((letter) => named.indexOf(letter) === named.lastIndexOf(letter))
    .toSorted((a, b) => (a < b ? -1 : 1));
  return checked(node, { operands, result: [...hidden, ...once], hidden });
}

function checked(node: Node, equation: Equation): Equation {
  const known = new Set(equation.operands.flat());
  const wrong = equation.result.find((label, axis) => !known.has(label) || equation.result.indexOf(label) !== axis);
  if (wrong === undefined) return equation;
  throw graphFault(node, `label "${wrong}" of the result must stand in an operand, and once in the result`);
}

const einsum: ShapeRule = (context) => {
  const { type } = required(context, 0);
  const inputs = context.inputs.map((_, index) => required(context, index));
  if (inputs.some((input) => input.shape === undefined)) return [{ type }];
  const shapes = inputs.map((input) => input.shape as Shape);
  const { operands, result, hidden } = equationOf(context.node, shapes);
  const sizes = new Map<string, Dimension>();
  for (const [index, labels] of operands.entries()) {
    for (const [axis, label] of labels.entries()) {
      const [size, before] = [shapes[index]?.[axis] as Dimension, sizes.get(label)];
      if (before === undefined || before === 1 || (typeof before === "string" && typeof size === "number" && size !== 1)) {
        sizes.set(label, size);
      } else if (hidden.includes(label) && typeof before === "string" && typeof size === "string" && before !== size) {
        sizes.set(label, context.unknown());
      } else if (typeof before === "number" && typeof size === "number" && size !== before && size !== 1) {
        throw graphFault(context.node, `axes "${label}" have sizes ${before} and ${size}`);
      }
    }
  }
  return [{ type, shape: result.map((label) => sizes.get(label) as Dimension) }];
};

/** Shape of a sum over named axes. */
export const einsumShapes: Readonly<Record<string, ShapeRule>> = { Einsum: einsum };
