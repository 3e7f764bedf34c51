import type { GraphBuilder } from "../builder.ts";
import { floatOf, type Node, type Value } from "../graph.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { unbroadcast } from "./unbroadcast.ts";

type Parts = { builder: GraphBuilder; node: Node; g: Value; x: Value; y: Value };

function piecewise(of: (parts: Parts) => Value): GradientRule {
  return ({ builder, node, inputs, outputs, cotangents }) => [
    of({ builder, node, g: cotangents[0] as Value, x: inputs[0] as Value, y: outputs[0] as Value }),
  ];
}

/** The bounds of Clip take what flows where they decide; where they cross, the upper one does. */
const clip: GradientRule = ({ builder, inputs, cotangents, wanted }) => {
  const [x, low, high] = inputs as readonly [Value, Value | undefined, Value | undefined];
  const g = cotangents[0] as Value;
  const inside = [low && builder.greaterOrEqual(x, low), high && builder.lessOrEqual(x, high)].filter(
    (condition) => condition !== undefined,
  );
  const within = inside.length === 2 ? builder.op("And", inside) : inside[0];
  const below = (): Value => {
    const condition = builder.less(x, low as Value);
    return high === undefined ? condition : builder.op("And", [condition, builder.lessOrEqual(low as Value, high)]);
  };
  const above = (): Value => {
    const condition = builder.greater(x, high as Value);
    return low === undefined ? condition : builder.op("Or", [condition, builder.less(high as Value, low)]);
  };
  return [
    wanted[0] === true ? (within === undefined ? g : builder.where(within, g, 0)) : undefined,
    wanted[1] === true && low !== undefined ? unbroadcast(builder, builder.where(below(), g, 0), low) : undefined,
    wanted[2] === true && high !== undefined ? unbroadcast(builder, builder.where(above(), g, 0), high) : undefined,
  ];
};

/** Those that stand at the extremum share its cotangent equally. */
const extremum: GradientRule = ({ builder, inputs, outputs, cotangents, wanted }) => {
  const g = cotangents[0] as Value;
  if (inputs.length === 1) return [g];
  const reached = inputs.map((x) => builder.cast(builder.equal(x as Value, outputs[0] as Value), g.type));
  const share = builder.div(g, builder.op("Sum", reached));
  return inputs.map((x, index) =>
    wanted[index] === true ? unbroadcast(builder, builder.mul(share, reached[index] as Value), x as Value) : undefined,
  );
};

const where: GradientRule = ({ builder, inputs, cotangents, wanted }) => {
  const [condition, then, otherwise] = inputs as readonly [Value, Value, Value];
  const g = cotangents[0] as Value;
  return [
    undefined,
    wanted[1] === true ? unbroadcast(builder, builder.where(condition, g, 0), then) : undefined,
    wanted[2] === true ? unbroadcast(builder, builder.where(condition, 0, g), otherwise) : undefined,
  ];
};

const pRelu: GradientRule = ({ builder, inputs, cotangents, wanted }) => {
  const [x, slope] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const positive = builder.greater(x, 0);
  return [
    wanted[0] === true ? builder.where(positive, g, builder.mul(g, slope)) : undefined,
    wanted[1] === true ? unbroadcast(builder, builder.where(positive, 0, builder.mul(g, x)), slope) : undefined,
  ];
};

// Numbers that the specification of Selu gives as defaults.
const seluAlpha = 1.67326319217681884765625;
const seluGamma = 1.05070102214813232421875;

/** Gradients of functions with kinks and steps; at a kink they are what PyTorch has there. */
export const kinkedRules: Readonly<Record<string, GradientRule>> = {
  Abs: piecewise(({ builder, g, x }) => builder.mul(g, builder.sign(x))),
  Relu: piecewise(({ builder, g, y }) => builder.where(builder.greater(y, 0), g, 0)),
  LeakyRelu: piecewise(({ builder, node, g, x }) =>
    builder.where(builder.greater(x, 0), g, builder.mul(g, floatOf(node, "alpha", 0.01))),
  ),
  PRelu: pRelu,
  Elu: piecewise(({ builder, node, g, x, y }) =>
    builder.where(builder.greater(x, 0), g, builder.mul(g, builder.add(y, floatOf(node, "alpha", 1)))),
  ),
  Selu: piecewise(({ builder, node, g, x, y }) => {
    const gamma = floatOf(node, "gamma", seluGamma);
    const left = builder.add(y, gamma * floatOf(node, "alpha", seluAlpha));
    return builder.where(builder.greater(x, 0), builder.mul(g, gamma), builder.mul(g, left));
  }),
  Celu: piecewise(({ builder, node, g, x, y }) =>
    builder.where(builder.greater(x, 0), g, builder.mul(g, builder.add(builder.mul(y, 1 / floatOf(node, "alpha", 1)), 1))),
  ),
  ThresholdedRelu: piecewise(({ builder, node, g, x }) => builder.where(builder.greater(x, floatOf(node, "alpha", 1)), g, 0)),
  Shrink: piecewise(({ builder, node, g, x }) =>
    builder.where(builder.greater(builder.abs(x), floatOf(node, "lambd", 0.5)), g, 0),
  ),
  HardSigmoid: piecewise(({ builder, node, g, y }) => {
    const between = builder.op("And", [builder.greater(y, 0), builder.less(y, 1)]);
    return builder.where(between, builder.mul(g, floatOf(node, "alpha", 0.2)), 0);
  }),
  HardSwish: piecewise(({ builder, g, x }) => {
    const bent = builder.where(builder.lessOrEqual(x, 3), builder.mul(g, builder.add(builder.mul(x, 1 / 3), 0.5)), g);
    return builder.where(builder.less(x, -3), 0, bent);
  }),
  Clip: clip,
  Max: extremum,
  Min: extremum,
  Where: where,
};
