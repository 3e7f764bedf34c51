import { int, intOf, intsOf, textOf, type Dimension, type Value } from "../graph.ts";
import type { GraphBuilder } from "../builder.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { rankOf, reshapeLike, shapeVector, sizeVector } from "./runtime-shape.ts";
import { unbroadcast } from "./unbroadcast.ts";

/** The same elements in the shape they came in. */
const reshaped: GradientRule = ({ builder, inputs, cotangents }) => [
  reshapeLike(builder, cotangents[0] as Value, inputs[0] as Value),
];

const transpose: GradientRule = ({ node, builder, cotangents }) => {
  const order = intsOf(node, "perm");
  if (order === undefined) return [builder.transpose(cotangents[0] as Value)];
  return [
    builder.transpose(
      cotangents[0] as Value,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ];
};

/** Each axis becomes two, the repeats and what was repeated, and the repeats are summed. */
const tile: GradientRule = ({ builder, inputs, cotangents }) => {
  const [x, repeats] = inputs as readonly [Value, Value];
  const rank = rankOf(x);
  const column = (vector: Value): Value => builder.unsqueeze(vector, [1]);
  const sizes = interleaved(builder.dimensionsOf(repeats), x.shape);
  const wanted =
    sizes === undefined
      ? builder.reshape(builder.concat([column(repeats), column(shapeVector(builder, x))], 1), [-1])
      : builder.integers(sizes);
  const split = builder.op("Reshape", [cotangents[0], wanted], { allowzero: int(1) });
  return [
    rank === 0
      ? cotangents[0]
      : builder.reduceSum(
          split,
          Array.from({ length: rank }, (_, axis) => 2 * axis),
        ),
  ];
};

function interleaved(a: readonly Dimension[] | undefined, b: readonly Dimension[] | undefined): readonly number[] | undefined {
  const sizes = a?.flatMap((size, axis) => [size, b?.[axis] ?? ""]);
  return sizes?.every((size) => typeof size === "number") === true ? sizes : undefined;
}

/** In the order of columns, rows and depth: the picture's squares go back into the channels, the channel before the place in the square. */
function backToDepth(builder: GraphBuilder, g: Value, x: Value, block: number): Value {
  const [rows, columns] = [2, 3].map((axis) => sizeVector(builder, x, axis)) as [Value, Value];
  const side = builder.integers([block]);
  const split = builder.reshape(g, builder.concat([builder.integers([-1]), rows, side, columns, side], 0));
  return reshapeLike(builder, builder.transpose(split, [0, 2, 4, 1, 3]), x);
}

const depthToSpace: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const [g, block] = [cotangents[0] as Value, intOf(node, "blocksize", 1)];
  return textOf(node, "mode", "DCR") === "DCR"
    ? [builder.op("SpaceToDepth", [g], { blocksize: int(block) })]
    : [backToDepth(builder, g, inputs[0] as Value, block)];
};

const spaceToDepth: GradientRule = ({ node, builder, cotangents }) => [
  builder.op("DepthToSpace", [cotangents[0]], { blocksize: int(intOf(node, "blocksize", 1)) }),
];

const trilu: GradientRule = ({ node, builder, inputs, cotangents }) => [
  builder.op("Trilu", [cotangents[0], inputs[1]], { upper: int(intOf(node, "upper", 1)) }),
];

/** Gradients of what gives values another shape without changing them. */
export const movementRules: Readonly<Record<string, GradientRule>> = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transpose,
  Expand: ({ builder, inputs, cotangents }) => [unbroadcast(builder, cotangents[0] as Value, inputs[0] as Value)],
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Trilu: trilu,
  ReverseSequence: ({ node, builder, inputs, cotangents }) => [
    builder.op("ReverseSequence", [cotangents[0], inputs[1]], node.attributes),
  ],
};
