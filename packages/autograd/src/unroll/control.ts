import { inline } from "../inline.ts";
import { intOf, intsOf, type Graph, type Node, type Value } from "../graph.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import type { Expansion, ExpansionContext } from "./expansion.ts";

function bodyOf(node: Node, name: string): Graph {
  const body = node.attributes[name];
  if (body?.kind !== "graph") throw graphFault(node, `has no graph "${name}"`);
  return body.value;
}

/** Runs a body once, its inputs given in their order. */
function once({ builder, outer }: ExpansionContext, body: Graph, given: readonly (Value | undefined)[]): Value[] {
  const named = Object.fromEntries(body.inputs.flatMap(({ name }, index) => (given[index] ? [[name, given[index]]] : [])));
  const made = inline(builder, body, named, outer);
  return body.outputs.map(({ name }) => made[name] as Value);
}

/** Stacks what the steps gave along a new axis. @throws GraphError when there was no step, for then its sizes are not known */
function stacked({ builder, node }: ExpansionContext, values: readonly Value[], axis: number): Value {
  if (values.length === 0) throw graphFault(node, "cannot be unrolled where it makes no step");
  const standing = values.map((value) => builder.unsqueeze(value, [axis]));
  return standing.length === 1 ? (standing[0] as Value) : builder.concat(standing, axis);
}

/** The branch that is taken. */
export const expandIf: Expansion = (context) => {
  const { node, inputs, numberOf } = context;
  const condition = numberOf(inputs[0] as Value);
  if (condition === undefined)
    throw graphFault(node, "can be written out only where its condition is known before the graph runs");
  return once(context, bodyOf(node, condition === 0 ? "else_branch" : "then_branch"), []);
};

/** One body after the other, as often as the scanned axis is long. */
export const expandScan: Expansion = (context) => {
  const { builder, node, inputs } = context;
  const body = bodyOf(node, "body");
  const scanned = intOf(node, "num_scan_inputs", 0);
  const values = inputs as readonly Value[];
  const states = values.length - scanned;
  const entry = (name: string, index: number): number => intsOf(node, name)?.[index] ?? 0;
  const sources = values.slice(states).map((value, index) => {
    const rank = value.shape?.length ?? 0;
    const given = entry("scan_input_axes", index);
    const axis = given < 0 ? given + rank : given;
    return { value, axis, isReverse: entry("scan_input_directions", index) === 1, length: value.shape?.[axis] };
  });
  const steps = sources[0]?.length;
  if (typeof steps !== "number" || sources.some(({ length }) => length !== steps)) {
    throw graphFault(node, "can be unrolled only where the number of its steps is known");
  }
  let carried = values.slice(0, states);
  const kept: Value[][] = body.outputs.slice(states).map(() => []);
  for (let step = 0; step < steps; step += 1) {
    const slices = sources.map(({ value, axis, isReverse }) =>
      builder.gather(value, builder.scalar("int64", isReverse ? steps - 1 - step : step), axis),
    );
    const made = once(context, body, [...carried, ...slices]);
    carried = made.slice(0, states);
    for (const [index, list] of kept.entries()) list.push(made[states + index] as Value);
  }
  const results = kept.map((list, index) => {
    const ordered = entry("scan_output_directions", index) === 1 ? list.toReversed() : list;
    const axis = entry("scan_output_axes", index);
    return stacked(context, ordered, axis < 0 ? axis + (list[0]?.shape?.length ?? 0) + 1 : axis);
  });
  return [...carried, ...results];
};

/** More steps than this are taken for a loop that does not end. */
const mostSteps = 10_000;

/** One body after the other, as often as its count says and its condition lets it. */
export const expandLoop: Expansion = (context) => {
  const { builder, node, inputs, numberOf } = context;
  const body = bodyOf(node, "body");
  const [most, condition, ...start] = inputs;
  const unknown = (): never => {
    throw graphFault(node, "can be unrolled only where the number of its steps is known before the graph runs");
  };
  const limit = most === undefined ? Number.POSITIVE_INFINITY : (numberOf(most) ?? unknown());
  let goesOn = condition === undefined ? 1 : (numberOf(condition) ?? unknown());
  let before = condition ?? builder.constant({ type: "bool", shape: [], data: Uint8Array.of(1) });
  let carried = start as Value[];
  const kept: Value[][] = body.outputs.slice(1 + carried.length).map(() => []);
  for (let step = 0; step < limit && goesOn !== 0; step += 1) {
    if (step === mostSteps) throw graphFault(node, `cannot be unrolled: it makes more than ${mostSteps} steps`);
    const made = once(context, body, [builder.scalar("int64", step), before, ...carried]);
    const [next, ...rest] = made as [Value, ...Value[]];
    goesOn = next.name === before.name ? goesOn : (numberOf(next) ?? unknown());
    before = next;
    carried = rest.slice(0, carried.length);
    for (const [index, list] of kept.entries()) list.push(rest[carried.length + index] as Value);
  }
  return [...carried, ...kept.map((list) => stacked(context, list, 0))];
};
