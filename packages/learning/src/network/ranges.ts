import { measured, tensor, type GraphBuilder, type Value } from "@ohmwork/autograd";
import type { Plan } from "./plan.ts";

/** Parameters brought back into the windows of their ports; those without a window are left as they are. */
export function stayInRange(b: GraphBuilder, plan: Plan, parameters: Value): Value {
  const bounds = (["min", "max"] as const).map((end) => boundsOf(plan, end));
  return bounds.reduce((x, values, at) => {
    if (values === undefined) return x;
    const bound = b.constant(tensor("float32", [plan.parameters], values));
    return at === 0 ? b.max(x, bound) : b.min(x, bound);
  }, parameters);
}

/**
 * Parameters as stepped hardware takes them, with the gradient of unstepped ones (straight-through rounding: Bengio et al.,
 * arXiv 1308.3432).
 */
export function roundStraight(b: GraphBuilder, plan: Plan, parameters: Value): Value {
  if (!plan.segments.some(({ range }) => range?.levels !== undefined)) return parameters;
  const [origin, pitch, stepped] = [0, 1, 2].map(() => new Float32Array(plan.parameters)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  pitch.fill(1);
  for (const { offset, size, range } of plan.segments) {
    if (range?.levels === undefined) continue;
    origin.fill(range.min, offset, offset + size);
    pitch.fill((range.max - range.min) / (range.levels - 1), offset, offset + size);
    stepped.fill(1, offset, offset + size);
  }
  const vector = (values: Float32Array): Value => b.constant(tensor("float32", [plan.parameters], values));
  const at = b.mul(b.round(b.div(b.sub(parameters, vector(origin)), vector(pitch))), vector(pitch));
  const mask = b.greater(vector(stepped), 0);
  return measured(b, b.where(mask, b.add(at, vector(origin)), parameters), parameters);
}

function boundsOf(plan: Plan, end: "min" | "max"): Float32Array | undefined {
  const open = end === "min" ? -Infinity : Infinity;
  const values = new Float32Array(plan.parameters).fill(open);
  for (const { offset, size, range } of plan.segments) if (range !== undefined) values.fill(range[end], offset, offset + size);
  return values.every((value) => value === open) ? undefined : values;
}
