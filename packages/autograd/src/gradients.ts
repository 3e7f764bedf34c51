import type { GraphBuilder } from "./builder.ts";
import { GraphError } from "./graph-error.ts";
import { describeNode, type Node, type Value } from "./graph.ts";
import type { GradientRule } from "./rules/gradient-rule.ts";
import { flatOperators, gradientRules } from "./rules/index.ts";
import { readByBodies } from "./simplify/remove-dead.ts";
import { isFloat, sizeOf, tensor } from "./tensor.ts";
import { isUnrollable } from "./unroll/unroll.ts";

export type GradientRequest = {
  readonly of: readonly Value[];
  readonly by: readonly Value[];
  /** How the result changes with each of `of`. @default ones, for values of known shape */
  readonly cotangents?: readonly Value[];
  /** Rules for further operators, keyed by operator or `domain:operator`. */
  readonly rules?: ReadonlyMap<string, GradientRule>;
};

/**
 * Adds to a builder the nodes that compute gradients, by one sweep over its nodes from the last to the first.
 *
 * @returns one value per entry of `by`, of its shape; undefined where the result does not depend on it
 * @throws GraphError when an operator on the way has no rule: it tells the node, the operator and the path to the output
 */
export function gradients(builder: GraphBuilder, request: GradientRequest): (Value | undefined)[] {
  const nodes = [...builder.nodes()];
  const active = reachedFrom(
    nodes,
    request.by.map((value) => value.name),
  );
  const sums = new Map<string, Value[]>();
  for (const [index, value] of request.of.entries()) {
    if (active.has(value.name)) collect(sums, value.name, request.cotangents?.[index] ?? ones(builder, value));
  }
  const wantedNames = new Set(request.by.map((value) => value.name));
  for (const node of nodes.toReversed()) {
    const readsActive = [...readByBodies(node.attributes)].some((name) => active.has(name));
    if (!node.outputs.some((name) => sums.has(name)) || !(readsActive || node.inputs.some((name) => active.has(name)))) continue;
    const cotangents = node.outputs.map((name) => total(builder, sums, name));
    const inputs = node.inputs.map((name) => (name === "" ? undefined : builder.value(name)));
    const wanted = inputs.map((input) => input !== undefined && isFloat(input.type) && active.has(input.name));
    if (!wanted.includes(true) && !readsActive) continue;
    const rule = ruleOf(node, request.rules);
    if (rule === "flat") continue;
    if (rule === undefined) {
      throw new GraphError(
        `No gradient rule for operator ${node.domain === "" ? "" : `${node.domain}:`}${node.op} of ${describeNode(node)}, on the path ${pathTo(nodes, node, request.of)}${isUnrollable(node) ? ": unroll() the graph it is from first" : ""}`,
        { node: node.name || (node.outputs[0] ?? "") },
      );
    }
    const outputs = node.outputs.map((name) => (name === "" ? undefined : builder.value(name)));
    const made = rule({ node, builder, inputs, outputs, cotangents, wanted });
    for (const [index, gradient] of made.entries()) {
      const name = node.inputs[index];
      if (gradient !== undefined && name !== undefined && wanted[index] === true) collect(sums, name, gradient);
    }
    // Only what was asked for is still needed once a node is behind us.
    for (const name of node.outputs) if (!wantedNames.has(name)) sums.delete(name);
  }
  return request.by.map((value) => total(builder, sums, value.name));
}

function ruleOf(node: Node, own: ReadonlyMap<string, GradientRule> | undefined): GradientRule | "flat" | undefined {
  const given = own?.get(node.domain === "" ? node.op : `${node.domain}:${node.op}`);
  if (given !== undefined) return given;
  if (node.domain !== "" && node.domain !== "ohmwork") return undefined;
  return gradientRules.get(node.op) ?? (flatOperators.has(node.op) ? "flat" : undefined);
}

/** Names of everything that changes with the given ones. */
function reachedFrom(nodes: readonly Node[], names: readonly string[]): Set<string> {
  const reached = new Set(names);
  for (const node of nodes) {
    const reads = [...node.inputs, ...readByBodies(node.attributes)];
    if (reads.some((name) => reached.has(name))) for (const name of node.outputs) if (name !== "") reached.add(name);
  }
  return reached;
}

function collect(sums: Map<string, Value[]>, name: string, value: Value): void {
  const before = sums.get(name);
  if (before === undefined) sums.set(name, [value]);
  else before.push(value);
}

/** The sum of what came together for a value; kept, so that it is added up once. */
function total(builder: GraphBuilder, sums: Map<string, Value[]>, name: string): Value | undefined {
  const parts = sums.get(name);
  if (parts === undefined || parts.length === 0) return undefined;
  const sum = parts.length === 1 ? (parts[0] as Value) : parts.reduce((left, right) => builder.add(left, right));
  sums.set(name, [sum]);
  return sum;
}

function ones(builder: GraphBuilder, value: Value): Value {
  const shape = value.shape;
  if (shape === undefined || shape.some((size) => typeof size === "string")) {
    throw new GraphError(`Gradient of "${value.name}" needs its shape or a cotangent`, { node: value.name });
  }
  const sizes = shape as readonly number[];
  if (sizes.length === 0) return builder.scalar(value.type, 1);
  return builder.constant(tensor(value.type, sizes, new Float64Array(sizeOf(sizes)).fill(1)));
}

/** Operators between a node and the output that needs it, for a person to find the place. */
function pathTo(nodes: readonly Node[], from: Node, of: readonly Value[]): string {
  const ends = new Set(of.map((value) => value.name));
  const start = nodes.indexOf(from);
  const before = new Map<string, Node>();
  const reached = new Set(from.outputs);
  for (const name of from.outputs) before.set(name, from);
  for (const node of nodes.slice(start + 1)) {
    const via = node.inputs.find((name) => reached.has(name));
    if (via === undefined) continue;
    for (const name of node.outputs.filter((output) => !reached.has(output))) {
      reached.add(name);
      before.set(name, node);
    }
  }
  const steps: string[] = [];
  let at = [...ends].find((name) => reached.has(name));
  const output = at ?? "";
  while (at !== undefined) {
    const maker = before.get(at);
    if (maker === undefined) break;
    steps.unshift(maker.op);
    if (maker === from) break;
    at = maker.inputs.find((name) => reached.has(name));
  }
  const shown = steps.length > 8 ? [...steps.slice(0, 4), "…", ...steps.slice(-3)] : steps;
  return `${shown.join(" → ")} → "${output}"`;
}
