import { type GraphBuilder, tensor, type Value } from "@ohmwork/autograd";
import type { Plan } from "./plan.ts";

/**
 * How parameters with positions are held to them. `straight-through` (Bengio et al., arXiv 1308.3432) trains them between
 * positions, by the gradient at the nearest one, which is what the hardware gets: small steps add up until the next is
 * reached. `projection` moves them to the nearest position after every step: what is trained is what the hardware holds,
 * and steps of less than half a position are lost.
 */
export type Levels = "straight-through" | "projection";

/** Parameters from one place on brought back into the windows of their ports; those without a window are left as they are. */
export function stayInRange(b: GraphBuilder, plan: Plan, parameters: Value, from = 0): Value {
  const to = from + (parameters.shape?.[0] as number);
  const bounds = (["min", "max"] as const).map((end) => boundsOf(plan, end, from, to));
  return bounds.reduce((x, values, at) => {
    if (values === undefined) return x;
    const bound = b.constant(tensor("float32", [values.length], values));
    return at === 0 ? b.max(x, bound) : b.min(x, bound);
  }, parameters);
}

/** Whether any parameter has positions. */
export function hasPositions(plan: Plan): boolean {
  return plan.segments.some(({ range }) => range?.levels !== undefined);
}

/** Parameters as stepped hardware takes them: each on the nearest position of its port; those without positions as they are. */
export function toPositions(b: GraphBuilder, plan: Plan, parameters: Value): Value {
  const grid = gridOf(plan);
  if (grid === undefined) return parameters;
  const vector = (values: Float32Array): Value => b.constant(tensor("float32", [plan.parameters], values));
  const [origin, pitch] = [vector(grid.origin), vector(grid.pitch)];
  const within = stayInRange(b, plan, parameters);
  const positions = b.add(b.mul(b.round(b.div(b.sub(within, origin), pitch)), pitch), origin);
  return stayInRange(b, plan, b.where(b.greater(vector(grid.stepped), 0), positions, parameters));
}

/** What `toPositions` gives, number for number: what a device is programmed with is what the graphs reckon with. */
export function onPositions(plan: Plan, parameters: Float32Array): Float32Array {
  const grid = gridOf(plan);
  if (grid === undefined) return parameters;
  const { origin, pitch } = grid;
  const values = parameters.slice();
  for (const { offset, size, range } of plan.segments) {
    if (range?.levels === undefined) continue;
    const within = (value: number): number => Math.min(Math.fround(range.max), Math.max(Math.fround(range.min), value));
    for (let i = offset; i < offset + size; i += 1) {
      const [from, step] = [origin[i] as number, pitch[i] as number];
      const at = Math.fround(Math.fround(within(values[i] as number) - from) / step);
      values[i] = within(Math.fround(Math.fround(roundHalfToEven(at) * step) + from));
    }
  }
  return values;
}

type Grid = { readonly origin: Float32Array; readonly pitch: Float32Array; readonly stepped: Float32Array };

function gridOf(plan: Plan): Grid | undefined {
  if (!hasPositions(plan)) return undefined;
  const zeros = (): Float32Array => new Float32Array(plan.parameters);
  const grid = { origin: zeros(), pitch: zeros().fill(1), stepped: zeros() };
  for (const { offset, size, range } of plan.segments) {
    if (range?.levels === undefined) continue;
    grid.origin.fill(range.min, offset, offset + size);
    grid.pitch.fill((range.max - range.min) / (range.levels - 1), offset, offset + size);
    grid.stepped.fill(1, offset, offset + size);
  }
  return grid;
}

/** As ONNX's `Round` does. */
function roundHalfToEven(value: number): number {
  return Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);
}

function boundsOf(plan: Plan, end: "min" | "max", from: number, to: number): Float32Array | undefined {
  const open = end === "min" ? -Infinity : Infinity;
  const bounded = plan.segments.filter(
    ({ offset, size, range }) => range !== undefined && range[end] !== open && offset < to && offset + size > from,
  );
  if (bounded.length === 0) return undefined;
  const values = new Float32Array(to - from).fill(open);
  for (const { offset, size, range } of bounded)
    values.fill(range?.[end] ?? open, Math.max(offset, from) - from, Math.min(offset + size, to) - from);
  return values;
}
