import type { GraphBuilder } from "../builder.ts";
import { int, intsOf, type Node, type Value } from "../graph.ts";
import { windowOf } from "../shapes/window.ts";
import { isBatch, samplesFirst, samplesLast } from "./samples-last.ts";

/** Beyond this many places of a window, comparing them one after another takes longer than having the runtime tell the place. */
const MOST_PLACES = 9;

/**
 * The greatest in windows that divide a batch without rest, each place of the window compared with the greatest before it over
 * all samples, which lie side by side. `undefined` for other windows and values.
 */
export function dividedMax(builder: GraphBuilder, node: Node, x: Value): Value | undefined {
  const kernel = dividingKernel(node, x);
  if (kernel === undefined) return undefined;
  const parts = partsOf(builder, x, kernel);
  return samplesFirst(builder, builder.max(greatestBefore(builder, parts).at(-1) as Value, parts.at(-1) as Value));
}

/** The gradient of `dividedMax`: the first of equals has it all. */
export function dividedMaxGradient(builder: GraphBuilder, node: Node, x: Value, g: Value): Value | undefined {
  const kernel = dividingKernel(node, x);
  if (kernel === undefined) return undefined;
  const [samples, channels, ...sizes] = x.shape as [number, number, ...number[]];
  const places = sizes.map((size, axis) => size / (kernel[axis] as number));
  let joined = share(builder, partsOf(builder, x, kernel), samplesLast(builder, g));
  // Put together along the last axis first.
  for (const [axis, size] of [...kernel.entries()].toReversed()) {
    const lead = places.slice(0, axis + 1).reduce((product, count) => product * count, channels);
    const apart = joined.map((part) => builder.reshape(part, [lead, 1, -1]));
    joined = Array.from({ length: apart.length / size }, (_, at) => builder.concat(apart.slice(at * size, (at + 1) * size), 1));
  }
  return samplesFirst(builder, builder.reshape(joined[0] as Value, [channels, ...sizes, samples]));
}

function dividingKernel(node: Node, x: Value): readonly number[] | undefined {
  if (!isBatch(x.shape)) return undefined;
  const { kernel, strides, dilations, pads } = windowOf(node, x.shape, intsOf(node, "kernel_shape"));
  const sizes = x.shape.slice(2);
  const divides =
    kernel?.every((size, axis) => strides[axis] === size && dilations[axis] === 1 && (sizes[axis] as number) % size === 0) ===
    true;
  const isPadded = pads === undefined || [...pads.begins, ...pads.ends].some((size) => size > 0);
  const count = kernel?.reduce((product, size) => product * size, 1) ?? 1;
  return divides && !isPadded && count > 1 && count <= MOST_PLACES ? kernel : undefined;
}

/** For each place of the window, what stands there in all windows: [channels, …windows, samples]. */
function partsOf(builder: GraphBuilder, x: Value, kernel: readonly number[]): Value[] {
  const [samples, channels, ...sizes] = x.shape as [number, number, ...number[]];
  const windows = sizes.map((size, axis) => size / (kernel[axis] as number));
  const rows = builder.reshape(samplesLast(builder, x), [channels, -1, samples]);
  return placesOf(kernel).map((at) => {
    const from = placesOf(windows).map((window) =>
      window.reduce((flat, place, axis) => {
        const [step, size] = [kernel[axis] as number, sizes[axis] as number];
        return flat * size + place * step + (at[axis] as number);
      }, 0),
    );
    const part = builder.op("Gather", [rows, builder.integers(from)], { axis: int(1) });
    return builder.reshape(part, [channels, ...windows, samples]);
  });
}

/** Of each part but the first, the greatest of those before it. */
function greatestBefore(builder: GraphBuilder, parts: readonly Value[]): Value[] {
  const greatest = [parts[0] as Value];
  for (const part of parts.slice(1, -1)) greatest.push(builder.max(greatest.at(-1) as Value, part));
  return greatest;
}

/** What each part has of what is given to the greatest. */
function share(builder: GraphBuilder, parts: readonly Value[], whole: Value): Value[] {
  const given: Value[] = [];
  let rest = whole;
  for (const [at, before] of [...greatestBefore(builder, parts).entries()].toReversed()) {
    const isGreater = builder.cast(builder.greater(parts[at + 1] as Value, before), whole.type);
    const own = builder.mul(rest, isGreater);
    given.unshift(own);
    rest = builder.sub(rest, own);
  }
  return [rest, ...given];
}

/** All places of a grid, the last axis fastest. */
function placesOf(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, at) => [...place, at])),
    [[]],
  );
}
