import type { GraphBuilder } from "../builder.ts";
import { int, type Value, type ValueType } from "../graph.ts";
import { sizeOf, tensor } from "../tensor.ts";
import type { Convolution } from "./conv-parts.ts";
import { isBatch, samplesFirst, samplesLast } from "./samples-last.ts";

/** Copies of the values beyond this would cost more than they save [elements]. */
const MOST_COPIED = 2 ** 23;

/**
 * With more channels each place of the kernel fills a product of its own, and one product of all has so few rows that a
 * runtime takes longer to lay its other side out than to multiply it: on one thread, three layers of 16 channels [32, 16, 16, 16]
 * with 3 × 3 kernels take 14.6 ms by columns and 11.0 ms otherwise, a step of layers of 1 and 8 channels 12.6 ms and 20.9 ms.
 */
const MOST_CHANNELS = 15;

/** A convolution of a batch, all sizes of which are known, along the axes behind the first two. */
type Columns = {
  readonly samples: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: readonly number[];
  /** Places of the values along each axis, and of what the convolution makes of them. */
  readonly sizes: readonly number[];
  readonly places: readonly number[];
};

/**
 * Sizes of a convolution that is worked on as products of matrices over all samples, which lie side by side: each place of the
 * kernel then takes whole runs of memory. `undefined` where that would be slower or is not known.
 *
 * @param x [samples, channels, …]
 * @param w [filters, channels, …]
 * @param g [samples, filters, …]
 */
export function columnsOf(
  { window: { kernel }, group }: Convolution,
  x: ValueType,
  w: ValueType,
  g: ValueType,
): Columns | undefined {
  if (group !== 1 || kernel === undefined || !isBatch(x.shape) || !isBatch(g.shape)) return undefined;
  const [samples, channels, ...sizes] = x.shape as [number, number, ...number[]];
  const [, filters, ...places] = g.shape as [number, number, ...number[]];
  if (channels > MOST_CHANNELS) return undefined;
  const copied = sizeOf(kernel) * channels * samples * Math.max(sizeOf(sizes), sizeOf(places));
  const isKnown = w.shape?.slice(0, 2).join() === [filters, channels].join();
  return isKnown && copied <= MOST_COPIED ? { samples, channels, filters, kernel, sizes, places } : undefined;
}

/** The convolution itself, as one product. */
export function convolveByColumns(
  builder: GraphBuilder,
  convolution: Convolution,
  of: Columns,
  [x, w, bias]: readonly [Value, Value, Value | undefined],
): Value {
  const { samples, channels, filters, kernel, places } = of;
  const rows = builder.reshape(w, [filters, channels * sizeOf(kernel)]);
  const added = bias === undefined ? undefined : builder.reshape(bias, [filters, 1]);
  const product = builder.op("Gemm", [rows, valuesUnder(builder, convolution, of, x), added]);
  return samplesFirst(builder, builder.reshape(product, [filters, ...places, samples]));
}

/** The adjoint of a convolution by its kernel, as one product: [filters, channels, …kernel]. */
export function kernelByColumns(builder: GraphBuilder, convolution: Convolution, of: Columns, x: Value, g: Value): Value {
  const { channels, filters, kernel } = of;
  const rows = builder.reshape(samplesLast(builder, g), [filters, -1]);
  const product = builder.op("Gemm", [rows, valuesUnder(builder, convolution, of, x)], { transB: int(1) });
  return builder.reshape(product, [filters, channels, ...kernel]);
}

/** The values under each place of the kernel, wherever it stands: [channels × kernel, places × samples]. */
function valuesUnder(builder: GraphBuilder, { window }: Convolution, of: Columns, x: Value): Value {
  const { samples, channels, kernel, sizes, places } = of;
  const nothing = sizeOf(sizes);
  const from = pairs(kernel, places, sizes, (tap, place, axis) => {
    const { strides, dilations, pads } = window;
    return place * (strides[axis] as number) + tap * (dilations[axis] as number) - (pads.begins[axis] as number);
  });
  const values = builder.reshape(samplesLast(builder, x), [channels, nothing, samples]);
  const around = from.includes(nothing) ? builder.concat([values, zeros(builder, x, [channels, 1, samples])], 1) : values;
  const columns = builder.op("Gather", [around, builder.integers(from)], { axis: int(1) });
  return builder.reshape(columns, [channels * sizeOf(kernel), -1]);
}

/** The adjoint by the values of a convolution that moves by one: one product, and a sum over the places of the kernel. */
export function valuesByColumns(builder: GraphBuilder, { window }: Convolution, of: Columns, w: Value, g: Value): Value {
  const { samples, channels, filters, kernel, sizes, places } = of;
  const [taps, made, wanted] = [sizeOf(kernel), sizeOf(places), sizeOf(sizes)];
  const from = pairs(sizes, kernel, places, (at, tap, axis) => {
    const { dilations, pads } = window;
    return at + (pads.begins[axis] as number) - tap * (dilations[axis] as number);
  });
  // One column more, of zeros: its product is what a place beyond the edge gives.
  const matrix = builder.concat([builder.reshape(w, [filters, channels * taps]), zeros(builder, w, [filters, 1])], 1);
  const rows = builder.reshape(samplesLast(builder, g), [filters, -1]);
  const product = builder.op("Gemm", [matrix, rows], { transA: int(1) });
  const beyond = channels * taps * made;
  const picks = Array.from({ length: channels }, (_, channel) =>
    from.map((place, at) => (place === made ? beyond : (channel * taps + (at % taps)) * made + place)),
  ).flat();
  const apart = builder.op("Gather", [builder.reshape(product, [-1, samples]), builder.integers(picks)], { axis: int(0) });
  const sums = builder.reduceSum(builder.reshape(apart, [channels * wanted, taps, samples]), [1]);
  return samplesFirst(builder, builder.reshape(sums, [channels, ...sizes, samples]));
}

/** The gradient of a bias, which is added to all samples and places of its channel. */
export function biasByColumns(builder: GraphBuilder, { filters }: Columns, g: Value): Value {
  return builder.reduceSum(builder.reshape(samplesLast(builder, g), [filters, -1]), [1]);
}

/** For all of `outer`, and for each of those all of `inner`, which of `sizes` they meet at: the number of all where none. */
function pairs(
  outer: readonly number[],
  inner: readonly number[],
  sizes: readonly number[],
  meet: (outer: number, inner: number, axis: number) => number,
): number[] {
  const none = sizeOf(sizes);
  return all(outer).flatMap((a) =>
    all(inner).map((b) => {
      const at = sizes.map((_, axis) => meet(a[axis] as number, b[axis] as number, axis));
      if (at.some((place, axis) => place < 0 || place >= (sizes[axis] as number))) return none;
      return at.reduce((flat, place, axis) => flat * (sizes[axis] as number) + place, 0);
    }),
  );
}

/** All places of a grid, the last axis fastest. */
function all(sizes: readonly number[]): readonly (readonly number[])[] {
  return sizes.reduce<readonly (readonly number[])[]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, at) => [...place, at])),
    [[]],
  );
}

function zeros(builder: GraphBuilder, like: Value, shape: readonly number[]): Value {
  return builder.constant(tensor(like.type, shape, new Float64Array(sizeOf(shape))));
}
