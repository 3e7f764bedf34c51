import type { Graph, Value } from "@ohmwork/autograd";
import type { Plan } from "../network/plan.ts";
import { stretchGraphs } from "../network/stretch-graphs.ts";
import { runGraph } from "./run-graph.ts";

/**
 * Runs a network stretch by stretch, with a graph in the place of each device.
 *
 * @returns the scores, and what was measured as `stepGraph` takes it: `measured <layer>`
 */
export async function runStretches(
  plan: Plan,
  rows: number,
  { parameters, values }: { readonly parameters: Float32Array; readonly values: Float32Array },
  device: Graph,
): Promise<{ readonly scores: Float32Array; readonly measured: Record<string, Float32Array> }> {
  const measured: Record<string, Float32Array> = {};
  let x = values;
  let kept: Record<string, Float32Array> = {};
  for (const { graph, takes, gives, layer } of stretchGraphs(plan, rows)) {
    const feeds = Object.fromEntries(takes.map((name) => [`kept ${name}`, kept[name] as Float32Array]));
    const made = await runGraph(graph, { parameters, values: x, ...feeds });
    kept = Object.fromEntries(gives.map((name) => [name, made[`keep ${name}`] as Float32Array]));
    if (layer === undefined) return { scores: made["scores"] as Float32Array, measured };
    const [first, last] = [layer.segments[0], layer.segments.at(-1)];
    const own = parameters.slice(first?.offset, (last?.offset ?? 0) + (last?.size ?? 0));
    const sized = { ...device, inputs: device.inputs.map((input) => ({ ...input, shape: sizesOf(input, rows * layer.factor) })) };
    x = Object.values(await runGraph(sized, { inputs: made["drive"] as Float32Array, parameters: own }))[0] as Float32Array;
    measured[`measured ${layer.index}`] = x;
  }
  throw new RangeError("A network has a stretch behind its last measurement");
}

function sizesOf({ shape = [] }: Value, rows: number): number[] {
  return shape.map((size) => (typeof size === "string" ? rows : size));
}
