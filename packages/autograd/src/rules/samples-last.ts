import type { GraphBuilder } from "../builder.ts";
import type { Shape, Value } from "../graph.ts";

/** Fewer samples than this side by side are copied no faster than what lies beside them otherwise. */
const FEW_SAMPLES = 32;

/** Whether values [samples, channels, …] are of a known shape, with samples enough to be worked on side by side. */
export function isBatch(shape: Shape | undefined): shape is readonly number[] {
  return shape?.every((size) => typeof size === "number") === true && shape.length > 2 && (shape[0] as number) >= FEW_SAMPLES;
}

/** [samples, channels, …] to [channels, …, samples]: what is done alike to all samples is done to runs of memory. */
export function samplesLast(builder: GraphBuilder, x: Value): Value {
  const axes = (x.shape as Shape).map((_, axis) => axis);
  return builder.transpose(x, [...axes.slice(1), 0]);
}

/** [channels, …, samples] to [samples, channels, …]. */
export function samplesFirst(builder: GraphBuilder, x: Value): Value {
  const axes = (x.shape as Shape).map((_, axis) => axis);
  return builder.transpose(x, [axes.length - 1, ...axes.slice(0, -1)]);
}
