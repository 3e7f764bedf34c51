import type { GraphBuilder } from "../builder.ts";
import type { Shape, Value } from "../graph.ts";
import { spanOf, type Pads, type SlidingWindow } from "../shapes/window.ts";
import { sizeOf, tensor } from "../tensor.ts";
import { valuesGradient } from "./conv-parts.ts";
import { reshapeLike, sizeVector } from "./runtime-shape.ts";

type Average = {
  readonly x: Value;
  readonly g: Value;
  readonly window: SlidingWindow & { readonly pads: Pads };
  readonly countsPads: boolean;
  /** Whether the last window may reach beyond the pads. */
  readonly rounds: boolean;
};

/**
 * Each cotangent divided by what it was an average of and spread over that: a transposed convolution with ones, all channels
 * as samples. Undefined where how many there are follows from sizes that are not known.
 */
export function averageGradient(builder: GraphBuilder, { x, g, window, countsPads, rounds }: Average): Value | undefined {
  const kernel = window.kernel as readonly number[];
  const sizes = (x.shape as Shape).slice(2);
  const places = (g.shape as Shape).slice(2);
  const isPadded = [...window.pads.begins, ...window.pads.ends].some((size) => size > 0);
  const isEven = !rounds && (countsPads || !isPadded);
  if (!isEven && ![...sizes, ...places].every((size) => typeof size === "number")) return undefined;
  const counts = isEven
    ? undefined
    : kernel.map((_, axis) => countsAlong(window, axis, sizes[axis] as number, places[axis] as number, countsPads));
  const shared = counts === undefined ? g : divided(builder, g, counts);
  const ones = tensor(
    g.type,
    [1, 1, ...kernel],
    new Float64Array(sizeOf(kernel)).fill(counts === undefined ? 1 / sizeOf(kernel) : 1),
  );
  const reaching = rounds
    ? { ...window, pads: padsTaken(window, sizes as readonly number[], places as readonly number[]) }
    : window;
  const [from, to] = [single(builder, x), single(builder, shared)];
  return reshapeLike(builder, valuesGradient(builder, { window: reaching, group: 1 }, from, builder.constant(ones), to), x);
}

/** All samples and channels as samples of one channel. */
function single(builder: GraphBuilder, x: Value): Value {
  const sizes = (x.shape as Shape).slice(2);
  if (sizes.every((size) => typeof size === "number")) return builder.reshape(x, [-1, 1, ...sizes]);
  const parts = sizes.map((_, axis) => sizeVector(builder, x, axis + 2));
  return builder.reshape(x, builder.concat([builder.integers([-1, 1]), ...parts], 0));
}

/** How many entries along one axis each place counts: those of values, and of pads where these count. */
function countsAlong(
  window: Average["window"],
  axis: number,
  size: number,
  places: number,
  countsPads: boolean,
): readonly number[] {
  const [before, after] = [window.pads.begins[axis] as number, window.pads.ends[axis] as number];
  const [low, high] = countsPads ? [0, before + size + after] : [before, before + size];
  return Array.from({ length: places }, (_, place) => {
    const start = place * (window.strides[axis] as number);
    const taps = Array.from(
      { length: window.kernel?.[axis] ?? 0 },
      (__, tap) => start + tap * (window.dilations[axis] as number),
    );
    return taps.filter((at) => at >= low && at < high).length;
  });
}

function divided(builder: GraphBuilder, g: Value, counts: readonly (readonly number[])[]): Value {
  const products = counts.reduce<readonly number[]>((all, along) => all.flatMap((count) => along.map((one) => count * one)), [1]);
  return builder.div(
    g,
    builder.constant(
      tensor(
        g.type,
        counts.map((along) => along.length),
        products,
      ),
    ),
  );
}

/** Pads at the far end as far as the last window really reaches. */
function padsTaken(window: Average["window"], sizes: readonly number[], places: readonly number[]): Pads {
  const ends = sizes.map((size, axis) => {
    const reach = ((places[axis] as number) - 1) * (window.strides[axis] as number) + (spanOf(window, axis) as number);
    return Math.max(0, reach - size - (window.pads.begins[axis] as number));
  });
  return { ...window.pads, ends };
}
