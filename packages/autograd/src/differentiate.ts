import { createBuilder } from "./builder.ts";
import { GraphError } from "./graph-error.ts";
import type { Graph, Shape, Value } from "./graph.ts";
import { gradients } from "./gradients.ts";
import type { GradientRule } from "./rules/gradient-rule.ts";
import { formatShape } from "./shapes/shape-rule.ts";
import { simplify } from "./simplify/simplify.ts";
import { isFloat, sizeOf } from "./tensor.ts";
import { unrollPath } from "./unroll/unroll-path.ts";

export type DifferentiateOptions = {
  /** The output that is differentiated; of one element, unless the vector-Jacobian form is asked for. */
  readonly of: string;
  /** The inputs or constants by which it is differentiated. */
  readonly by: readonly string[];
  /** Take the cotangent of `of` as one more input, `cotangent_<of>`, of its shape. @default false */
  readonly vjp?: boolean;
  /** Rules for further operators, keyed by operator or `domain:operator`. */
  readonly rules?: ReadonlyMap<string, GradientRule>;
};

/**
 * A graph with the outputs of the given one and the gradients `grad_<name>` after them, by reverse-mode differentiation. Where
 * that name is taken, as in a graph that has been differentiated before, it is `grad_<of>_<name>`.
 * Recurrent nodes, loops and branches on the way are unrolled.
 *
 * @throws GraphError when a name is unknown or both of a gradient's are taken, `of` has more than one element without `vjp`, `of` does not depend on a name in
 *   `by`, or an operator on the way has no rule: it tells the node, the operator and the path to `of`
 */
export function differentiate(graph: Graph, options: DifferentiateOptions): Graph {
  const builder = createBuilder(unrollPath(graph, options.of, options.by, options.rules));
  const of = named(graph, builder.value, options.of, "output");
  const by = options.by.map((name) => named(graph, builder.value, name, "input"));
  const cotangent = options.vjp === true ? builder.input(`cotangent_${of.name}`, of.type, shapeOf(of)) : undefined;
  if (cotangent === undefined && !isSingle(of.shape)) {
    throw new GraphError(
      `Output "${of.name}" ${formatShape(of.shape)} must have one element to be differentiated, or its cotangent be taken as an input (vjp)`,
      { node: of.name },
    );
  }
  const found = gradients(builder, {
    of: [of],
    by,
    ...(cotangent ? { cotangents: [cotangent] } : {}),
    ...(options.rules ? { rules: options.rules } : {}),
  });
  const outputs: Record<string, Value> = Object.fromEntries(
    graph.outputs.map((output) => [output.name, builder.value(output.name)]),
  );
  const taken = new Set([
    ...[...graph.inputs, ...graph.outputs].map(({ name }) => name),
    ...graph.constants.keys(),
    ...graph.nodes.flatMap((node) => node.outputs),
  ]);
  for (const [index, value] of by.entries()) {
    const gradient = found[index];
    if (gradient === undefined)
      throw new GraphError(`Output "${of.name}" does not depend on "${value.name}"`, { node: value.name });
    const name = `grad_${value.name}`;
    outputs[taken.has(name) ? `grad_${of.name}_${value.name}` : name] = gradient;
  }
  return simplify(builder.build({ outputs }));
}

function named(graph: Graph, find: (name: string) => Value, name: string, role: "input" | "output"): Value {
  const own = role === "output" ? graph.outputs : [...graph.inputs, ...[...graph.constants.keys()].map((key) => find(key))];
  const value = own.find((candidate) => candidate.name === name);
  if (value === undefined) {
    const offered = own
      .map((candidate) => candidate.name)
      .slice(0, 12)
      .join(", ");
    throw new GraphError(`No ${role} "${name}" in the graph: it has ${offered}`, { node: name });
  }
  if (!isFloat(value.type)) throw new GraphError(`No gradient for "${name}": it is of type ${value.type}`, { node: name });
  return find(name);
}

function isSingle(shape: Shape | undefined): boolean {
  return shape !== undefined && shape.every((size) => typeof size === "number") && sizeOf(shape) === 1;
}

function shapeOf(value: Value): Shape {
  if (value.shape === undefined) throw new GraphError(`Output "${value.name}" has no known shape`, { node: value.name });
  return value.shape;
}
