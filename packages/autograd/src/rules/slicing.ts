import type { GraphBuilder } from "../builder.ts";
import { text, textOf, type Value } from "../graph.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import type { GradientRule, RuleContext } from "./gradient-rule.ts";
import { axisFromFront, entryOf, rankOf, reshapeLike, sizeVector } from "./runtime-shape.ts";
import { countTo, scatterAlong } from "./scatter.ts";

/** An axis that is cut or padded, and where the node's vectors speak of it. */
type Place = { readonly axis: number; readonly at: number };

function placesOf({ node, builder, inputs }: RuleContext, axes: Value | undefined, absent: number | undefined): readonly Place[] {
  if (axes === undefined && absent !== undefined) return Array.from({ length: absent }, (_, at) => ({ axis: at, at }));
  const listed = axes === undefined ? undefined : builder.dimensionsOf(axes);
  if (listed?.every((axis) => typeof axis === "number") !== true) {
    throw graphFault(node, "has a gradient only where its axes are known before the graph runs");
  }
  const rank = rankOf(inputs[0] as Value);
  return listed.map((axis, at) => ({ axis: axisFromFront(axis, rank), at }));
}

function numbersIn(builder: GraphBuilder, vector: Value | undefined): readonly number[] | undefined {
  const known = vector === undefined ? undefined : builder.dimensionsOf(vector);
  return known?.every((entry) => typeof entry === "number") === true ? known : undefined;
}

/** Zeros around the cotangent, as many as the slice left out on either side. */
function padBack({ builder, inputs, cotangents }: RuleContext, places: readonly Place[]): Value {
  const [x, starts] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const known = numbersIn(builder, starts);
  const margins = places.map(({ axis, at }) => {
    const [size, length, start] = [x.shape?.[axis], g.shape?.[axis], known?.[at]];
    if (typeof size === "number" && typeof length === "number" && start !== undefined) {
      const before = Math.min(size, Math.max(0, start < 0 ? start + size : start));
      return [before, size - before - length] as const;
    }
    const [whole, part, zero] = [sizeVector(builder, x, axis), sizeVector(builder, g, axis), builder.integers([0])];
    const from = entryOf(builder, starts, at);
    const counted = builder.where(builder.less(from, zero), builder.add(from, whole), from);
    const before = builder.min(builder.max(counted, zero), whole);
    return [before, builder.sub(builder.sub(whole, before), part)] as const;
  });
  const sides = [...margins.map(([before]) => before), ...margins.map(([, after]) => after)];
  if (sides.every((side) => side === 0)) return g;
  const pads = sides.every((side) => typeof side === "number")
    ? builder.integers(sides)
    : builder.concat(
        sides.map((side) => (typeof side === "number" ? builder.integers([side]) : side)),
        0,
      );
  return builder.op("Pad", [g, pads, undefined, builder.integers(places.map(({ axis }) => axis))]);
}

const slice: GradientRule = (context) => {
  const { builder, inputs, cotangents } = context;
  const [x, starts, ends, axes, steps] = inputs as readonly [Value, Value, Value, Value | undefined, Value | undefined];
  const count = starts.shape?.[0];
  const places = placesOf(context, axes, typeof count === "number" ? count : undefined);
  if (steps === undefined || numbersIn(builder, steps)?.every((step) => step === 1) === true) return [padBack(context, places)];
  let result = cotangents[0] as Value;
  for (const { axis, at } of places) {
    const all = countTo(builder, sizeVector(builder, x, axis));
    const [start, end, step] = [starts, ends, steps].map((vector) => entryOf(builder, vector, at));
    const taken = builder.op("Slice", [all, start, end, builder.integers([0]), step]);
    result = scatterAlong(builder, result, taken, axis, x);
  }
  return [result];
};

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
  const places = placesOf(context, axes, rankOf(x));
  const known = numbersIn(builder, pads);
  let result = cotangents[0] as Value;
  for (const { axis, at } of places) {
    if (known?.[at] === 0 && known[at + places.length] === 0) continue;
    const around = builder.concat([entryOf(builder, pads, at), entryOf(builder, pads, at + places.length)], 0);
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
