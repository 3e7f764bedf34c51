import { int, intOf, text, textOf, type Value } from "../graph.ts";
import type { GradientRule, RuleContext } from "./gradient-rule.ts";
import { zerosLike } from "./runtime-shape.ts";

/** How a scatter operator places values and how they are picked from the same places. */
type Places = {
  readonly scatter: (base: Value, updates: Value, reduction?: string) => Value;
  readonly gather: (from: Value) => Value;
};

function elementPlaces({ node, builder, inputs }: RuleContext): Places {
  const axis = int(intOf(node, "axis", 0));
  return {
    scatter: (base, updates, reduction = "none") =>
      builder.op("ScatterElements", [base, inputs[1], updates], { axis, reduction: text(reduction) }),
    gather: (from) => builder.op("GatherElements", [from, inputs[1]], { axis }),
  };
}

function blockPlaces({ builder, inputs }: RuleContext): Places {
  return {
    scatter: (base, updates, reduction = "none") =>
      builder.op("ScatterND", [base, inputs[1], updates], { reduction: text(reduction) }),
    gather: (from) => builder.op("GatherND", [from, inputs[1]]),
  };
}

function scattered(placesOf: (context: RuleContext) => Places): GradientRule {
  return (context) => {
    const { node, cotangents, wanted } = context;
    const g = cotangents[0] as Value;
    const places = placesOf(context);
    const reduction = textOf(node, "reduction", "none");
    if (reduction === "mul") return multiplied(context, places);
    if (reduction === "max" || reduction === "min") return extremum(context, places);
    const kept = (): Value =>
      reduction === "add" ? g : places.scatter(g, zerosLike(context.builder, context.inputs[2] as Value));
    return [wanted[0] === true ? kept() : undefined, undefined, wanted[2] === true ? places.gather(g) : undefined];
  };
}

/** The product of all that met in a place but the factor itself; as with ReduceProd, beside a zero only the zero has a gradient. */
function multiplied({ builder, inputs, cotangents, wanted }: RuleContext, { scatter, gather }: Places): (Value | undefined)[] {
  const [data, , updates] = inputs as readonly [Value, Value, Value];
  const g = cotangents[0] as Value;
  const others = (): Value => {
    const [zeroData, zeroUpdates] = [builder.equal(data, 0), builder.equal(updates, 0)];
    const safe = builder.where(zeroUpdates, 1, updates);
    const whole = scatter(builder.where(zeroData, 1, data), safe, "mul");
    const zeros = gather(scatter(builder.cast(zeroData, g.type), builder.cast(zeroUpdates, g.type), "add"));
    const [none, one] = [0, 1].map((count) => builder.cast(builder.equal(zeros, count), g.type)) as [Value, Value];
    return builder.mul(gather(builder.mul(g, whole)), builder.where(zeroUpdates, one, builder.div(none, safe)));
  };
  return [wanted[0] === true ? scatter(g, updates, "mul") : undefined, undefined, wanted[2] === true ? others() : undefined];
}

/** Those that stand at the extremum of a place share its cotangent equally. */
function extremum(
  { builder, inputs, outputs, cotangents, wanted }: RuleContext,
  { scatter, gather }: Places,
): (Value | undefined)[] {
  const [data, , updates] = inputs as readonly [Value, Value, Value];
  const [g, y] = [cotangents[0] as Value, outputs[0] as Value];
  const kept = builder.cast(builder.equal(data, y), g.type);
  const placed = builder.cast(builder.equal(updates, gather(y)), g.type);
  const share = builder.div(g, scatter(kept, placed, "add"));
  return [
    wanted[0] === true ? builder.mul(kept, share) : undefined,
    undefined,
    wanted[2] === true ? builder.mul(placed, gather(share)) : undefined,
  ];
}

/** Gradients of what places elements by their position. */
export const scatteringRules: Readonly<Record<string, GradientRule>> = {
  ScatterElements: scattered(elementPlaces),
  ScatterND: scattered(blockPlaces),
};
