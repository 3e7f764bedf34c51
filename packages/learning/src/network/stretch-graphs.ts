import { createBuilder, type Graph, simplify, type Value } from "@ohmwork/autograd";
import { parameterBlocks } from "./parameter-blocks.ts";
import type { Plan, PlannedLayer } from "./plan.ts";
import { toPositions } from "./ranges.ts";
import { throughTwin, walk, type PhysicalLayer } from "./walk.ts";

/**
 * From one measurement to the next. In: `parameters`, `values`, and `kept <name>` for all in `takes`. Out: `drive` of the
 * physical layer at its end, or `scores` at the end of the network, and `keep <name>` for all in `gives`.
 */
export type Stretch = {
  readonly graph: Graph;
  readonly takes: readonly string[];
  readonly gives: readonly string[];
  /** The physical layer it ends at; absent for the last stretch. */
  readonly layer?: PhysicalLayer;
};

/** The digital stretches of a network, cut at its physical layers. */
export function stretchGraphs(plan: Plan, rows: number): Stretch[] {
  const cuts = plan.layers.flatMap((layer, at) => (layer.kind === "physical" ? [at] : []));
  let takes: { name: string; shape: readonly number[] }[] = [];
  return [...cuts, plan.layers.length].map((end, k) => {
    const before = k === 0 ? undefined : (plan.layers[cuts[k - 1] as number] as PlannedLayer);
    const layers = plan.layers.slice(k === 0 ? 0 : (cuts[k - 1] as number) + 1, end);
    const b = createBuilder();
    const parameters = b.input("parameters", "float32", [plan.parameters]);
    const values = b.input("values", "float32", [rows * (before?.factor ?? 1), before?.width ?? plan.inputs]);
    const kept = new Map(takes.map(({ name, shape }) => [name, b.input(`kept ${name}`, "float32", shape)]));
    const refuse = (): never => {
      throw new RangeError("A digital stretch holds no physical layer");
    };
    const out = walk(layers, values, { builder: b, parameters: parameterBlocks(b, plan, parameters), kept, physical: refuse });
    const still = [...kept.keys()].filter((name) =>
      plan.layers.slice(end).some((layer) => layer.kind === "add-kept" && layer.name === name),
    );
    const given = Object.fromEntries(still.map((name) => [`keep ${name}`, b.identity(kept.get(name) as Value)]));
    const graph = simplify(
      b.build({ outputs: { [end === plan.layers.length ? "scores" : "drive"]: b.identity(out), ...given } }),
    );
    const stretch = { graph, takes: takes.map(({ name }) => name), gives: still };
    takes = still.map((name) => ({ name, shape: (kept.get(name) as Value).shape as readonly number[] }));
    const layer = plan.layers[end] as PhysicalLayer | undefined;
    return layer === undefined ? stretch : { ...stretch, layer };
  });
}

/** The whole network through its twins: `parameters` and `values` in, `scores` out. */
export function twinGraph(plan: Plan, rows: number): Graph {
  const b = createBuilder();
  const parameters = b.input("parameters", "float32", [plan.parameters]);
  const values = b.input("values", "float32", [rows, plan.inputs]);
  const scores = walk(plan.layers, values, {
    builder: b,
    parameters: parameterBlocks(b, plan, toPositions(b, plan, parameters)),
    kept: new Map(),
    physical: (layer, drive, own) => throughTwin(b, layer, drive, own),
  });
  return simplify(b.build({ outputs: { scores: b.identity(scores) } }));
}
