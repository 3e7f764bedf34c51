import type { GraphBuilder } from "../builder.ts";
import { int, intOf, intsOf, type Attributes, type Node, type Shape, type Value } from "../graph.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import { spanOf, windowOf, type SlidingWindow } from "../shapes/window.ts";
import { sizeOf, tensor } from "../tensor.ts";
import { averageGradient } from "./pool-average.ts";
import { dividedMaxGradient } from "./pool-max.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { expandLike, reshapeLike, shapeVector, zerosLike } from "./runtime-shape.ts";

function shapeOf(node: Node, x: Value): Shape {
  if (x.shape === undefined) throw graphFault(node, "has a gradient only where the number of its axes is known");
  return x.shape;
}

/** Whether no element is under two places of the window. */
function isApart(window: SlidingWindow): boolean {
  return window.strides.every((stride, axis) => (spanOf(window, axis) ?? Number.POSITIVE_INFINITY) <= stride);
}

/** The first of equals takes it all, as ONNX Runtime and PyTorch have it. */
const maxPool: GradientRule = ({ node, builder, inputs, outputs, cotangents }) => {
  const x = inputs[0] as Value;
  const divided = dividedMaxGradient(builder, node, x, cotangents[0] as Value);
  if (divided !== undefined) return [divided];
  const window = windowOf(node, shapeOf(node, x), intsOf(node, "kernel_shape"));
  const { storage_order: order, ...attributes } = node.attributes;
  const isRowMajor = order?.kind !== "int" || order.value === 0;
  const places = (isRowMajor ? outputs[1] : undefined) ?? builder.apply("MaxPool", [x], attributes, { outputs: 2 })[1];
  return [scattered(builder, x, places as Value, cotangents[0] as Value, isApart(window) ? {} : { reduction: add })];
};

const add = { kind: "string", value: "add" } as const;

/** Zeros like `x` with values at places counted over the whole of it. */
function scattered(builder: GraphBuilder, x: Value, places: Value, values: Value, attributes: Attributes): Value {
  const known = x.shape?.every((size) => typeof size === "number") === true ? x.shape : undefined;
  const length = known ? builder.integers([sizeOf(known)]) : builder.reshape(builder.op("Size", [x]), [1]);
  const zeros = builder.op("ConstantOfShape", [length], { value: { kind: "tensor", value: tensor(x.type, [1], [0]) } });
  const flat = (value: Value): Value => builder.reshape(value, [-1]);
  return reshapeLike(builder, builder.op("ScatterElements", [zeros, flat(places), flat(values)], attributes), x);
}

const globalMaxPool: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const x = inputs[0] as Value;
  shapeOf(node, x);
  const lines = (value: Value): Value => builder.op("Flatten", [value], { axis: int(2) });
  const flat = lines(x);
  const places = builder.op("ArgMax", [flat], { axis: int(1) });
  const zeros = zerosLike(builder, flat);
  const made = builder.op("ScatterElements", [zeros, places, lines(cotangents[0] as Value)], { axis: int(1) });
  return [reshapeLike(builder, made, x)];
};

const globalAveragePool: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const [x, g] = [inputs[0] as Value, cotangents[0] as Value];
  const sizes = shapeOf(node, x).slice(2);
  const each = sizes.every((size) => typeof size === "number")
    ? builder.mul(g, 1 / sizeOf(sizes))
    : builder.div(
        g,
        builder.cast(builder.reduceProd(builder.slice(shapeVector(builder, x), [2], [Number.MAX_SAFE_INTEGER], [0])), g.type),
      );
  return [expandLike(builder, each, x)];
};

const averagePool: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const x = inputs[0] as Value;
  const shape = shapeOf(node, x);
  const window = windowOf(node, shape, intsOf(node, "kernel_shape"));
  const { pads } = window;
  if (pads === undefined) throw graphFault(node, "has a gradient only where its pads are known before the graph runs");
  const rounds = intOf(node, "ceil_mode", 0) === 1;
  const made = averageGradient(builder, {
    x,
    g: cotangents[0] as Value,
    window: { ...window, pads },
    countsPads: intOf(node, "count_include_pad", 0) === 1,
    rounds,
  });
  if (made === undefined) throw graphFault(node, "has a gradient only where the sizes it averages over are known");
  return [made];
};

/** Gradients of what gathers a neighbourhood into one value. */
export const poolRules: Readonly<Record<string, GradientRule>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalMaxPool: globalMaxPool,
  GlobalAveragePool: globalAveragePool,
};
