import type { GraphBuilder } from "../builder.ts";
import { int, text, textOf, type Value } from "../graph.ts";
import type { GradientRule, RuleContext } from "./gradient-rule.ts";
import { axisFromFront, entryOf, rankOf, reshapeLike, sizeVector } from "./runtime-shape.ts";
import { countTo, scatterAlong } from "./scatter.ts";

/** An axis that is cut or padded, and where the node's vectors speak of it. */
type Place = { readonly axis: number; readonly at: number };

/** The axes that the node's vectors speak of; undefined where that is known only when the graph runs. */
function placesOf(
  { builder, inputs }: RuleContext,
  axes: Value | undefined,
  absent: number | undefined,
): readonly Place[] | undefined {
  if (axes === undefined) return absent === undefined ? undefined : Array.from({ length: absent }, (_, at) => ({ axis: at, at }));
  if (axes.shape?.[0] === 0) return [];
  const rank = rankOf(inputs[0] as Value);
  return numbersIn(builder, axes)?.map((axis, at) => ({ axis: axisFromFront(axis, rank), at }));
}

/** A vector with one entry for each axis of `x`: what `entries` say of the axes listed, `otherwise` for the rest. */
function overAllAxes(builder: GraphBuilder, x: Value, axes: Value, entries: Value, otherwise: number): Value {
  const rest = builder.integers(Array.from({ length: rankOf(x) }, () => otherwise));
  return builder.op("ScatterElements", [rest, axes, builder.cast(entries, "int64")]);
}

function numbersIn(builder: GraphBuilder, vector: Value | undefined): readonly number[] | undefined {
  const known = vector === undefined ? undefined : builder.dimensionsOf(vector);
  return known?.every((entry) => typeof entry === "number") === true ? known : undefined;
}

/** Zeros around the cotangent, as many as the slice left out on either side. */
function padBack({ builder, inputs, cotangents }: RuleContext, places: readonly Place[] | undefined): Value {
  const [x, starts, , axes] = inputs as readonly [Value, Value, Value, Value | undefined];
  const g = cotangents[0] as Value;
  const known = numbersIn(builder, starts);
  const fixed = places?.map(({ axis, at }) => {
    const [size, length, start] = [x.shape?.[axis], g.shape?.[axis], known?.[at]];
    if (typeof size !== "number" || typeof length !== "number" || start === undefined) return undefined;
    const before = Math.min(size, Math.max(0, start < 0 ? start + size : start));
    return [before, size - before - length] as const;
  });
  if (fixed?.every((margin) => margin !== undefined) === true) {
    const pads = [...fixed.map(([before]) => before), ...fixed.map(([, after]) => after)];
    if (pads.every((amount) => amount === 0)) return g;
    return builder.op("Pad", [g, builder.integers(pads), undefined, axes ?? builder.integers(fixed.map((_, at) => at))]);
  }
  const listed = axes ?? countTo(builder, sizeVector(builder, starts, 0));
  const [whole, part] = [x, g].map((value) => builder.gather(builder.shapeOf(value), listed)) as [Value, Value];
  const zero = builder.integers([0]);
  const from = builder.cast(starts, "int64");
  const counted = builder.where(builder.less(from, zero), builder.add(from, whole), from);
  const before = builder.min(builder.max(counted, zero), whole);
  const pads = builder.concat([before, builder.sub(builder.sub(whole, before), part)], 0);
  return builder.op("Pad", [g, pads, undefined, listed]);
}

const slice: GradientRule = (context) => {
  const { builder, inputs, cotangents } = context;
  const [x, starts, ends, axes, steps] = inputs as readonly [Value, Value, Value, Value | undefined, Value | undefined];
  const count = starts.shape?.[0];
  const places = placesOf(context, axes, typeof count === "number" ? count : undefined);
  if (steps === undefined || numbersIn(builder, steps)?.every((step) => step === 1) === true) return [padBack(context, places)];
  const full = (entries: Value, otherwise: number): Value =>
    places === undefined && axes !== undefined ? overAllAxes(builder, x, axes, entries, otherwise) : entries;
  const vectors = [full(starts, 0), full(ends, Number.MAX_SAFE_INTEGER), full(steps, 1)];
  let result = cotangents[0] as Value;
  for (const { axis, at } of places ?? everyAxis(x)) {
    const all = countTo(builder, sizeVector(builder, x, axis));
    const [start, end, step] = vectors.map((vector) => entryOf(builder, vector, at));
    const taken = builder.op("Slice", [all, start, end, builder.integers([0]), step]);
    result = scatterAlong(builder, result, taken, axis, x);
  }
  return [result];
};

function everyAxis(x: Value): readonly Place[] {
  return Array.from({ length: rankOf(x) }, (_, at) => ({ axis: at, at }));
}

/** What was put around is taken away, and what was taken away becomes zeros. */
function unpad({ builder, inputs, cotangents }: RuleContext): Value {
  const [, pads, , axes] = inputs as readonly [Value, Value, Value | undefined, Value | undefined];
  const known = numbersIn(builder, pads);
  const opposite = known === undefined ? builder.neg(pads) : builder.integers(known.map((size) => -size));
  return builder.op("Pad", [cotangents[0], opposite, undefined, axes]);
}

/** Padding picks elements, also by reflection: numbers padded in the same way tell which. */
function unpick(context: RuleContext, mode: string): Value {
  const { builder, inputs, cotangents } = context;
  const [x, pads, , axes] = inputs as readonly [Value, Value, Value | undefined, Value | undefined];
  const listed = placesOf(context, axes, rankOf(x));
  const places = listed ?? everyAxis(x);
  const known = numbersIn(builder, pads);
  let [before, after] = [pads, pads];
  let shift = places.length;
  if (listed === undefined && axes !== undefined) {
    [before, after] = builder
      .apply("Split", [pads], { num_outputs: int(2) }, { outputs: 2 })
      .map((half) => overAllAxes(builder, x, axes, half, 0)) as [Value, Value];
    shift = 0;
  }
  let result = cotangents[0] as Value;
  for (const { axis, at } of places) {
    if (shift > 0 && known?.[at] === 0 && known[at + shift] === 0) continue;
    const around = builder.concat([entryOf(builder, before, at), entryOf(builder, after, at + shift)], 0);
    const picked = builder.op("Pad", [countTo(builder, sizeVector(builder, x, axis)), around], { mode: text(mode) });
    result = scatterAlong(builder, result, picked, axis, x);
  }
  return result;
}

const pad: GradientRule = (context) => {
  const { node, builder, inputs, cotangents, wanted } = context;
  const mode = textOf(node, "mode", "constant");
  if (mode !== "constant") return [unpick(context, mode)];
  const kept = unpad(context);
  const value = inputs[2];
  if (wanted[2] !== true || value === undefined) return [kept];
  const around = builder.sub(builder.reduceSum(cotangents[0] as Value), builder.reduceSum(kept));
  return [kept, undefined, reshapeLike(builder, around, value)];
};

/** Gradients of what cuts and what pads. */
export const slicingRules: Readonly<Record<string, GradientRule>> = { Slice: slice, Pad: pad };
