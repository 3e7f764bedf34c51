import type { Dimension } from "../graph.ts";
import { linearShapes } from "./linear.ts";
import { namedType, required, type ShapeRule } from "./shape-rule.ts";

const quantize: ShapeRule = (context) => {
  const type = context.inputs[2]?.type ?? namedType(context, "output_dtype", "uint8");
  return [{ type, shape: required(context, 0).shape }];
};

const dequantize: ShapeRule = (context) => [{ type: required(context, 1).type, shape: required(context, 0).shape }];

const quantizeByRange: ShapeRule = (context) => [
  { type: "uint8", shape: required(context, 0).shape },
  { type: "float32", shape: [] },
  { type: "uint8", shape: [] },
];

/** As the product of floating point, but the factors may differ in type. */
const matMulInteger: ShapeRule = (context) => {
  const inputs = [0, 1].map((index) => ({ ...required(context, index), type: "int32" as const }));
  return linearShapes["MatMul"]?.({ ...context, inputs }) ?? [{ type: "int32" }];
};

const window: ShapeRule = (context) => {
  const size: Dimension = context.dimensionsAt(0)?.[0] ?? context.unknown();
  return [{ type: namedType(context, "output_datatype", "float32"), shape: [size] }];
};

/** Types and shapes of operators of whole numbers and of signals, which have no gradients here. */
export const quantizedShapes: Readonly<Record<string, ShapeRule>> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: quantizeByRange,
  MatMulInteger: matMulInteger,
  ConvInteger: () => [{ type: "int32" }],
  NonMaxSuppression: (context) => [{ type: "int64", shape: [context.unknown(), 3] }],
  BlackmanWindow: window,
  HammingWindow: window,
  HannWindow: window,
  MelWeightMatrix: (context) => [
    { type: namedType(context, "output_datatype", "float32"), shape: [context.unknown(), context.unknown()] },
  ],
  TfIdfVectorizer: () => [{ type: "float32" }],
  SequenceLength: () => [{ type: "int64", shape: [] }],
  Det: (context) => [{ type: required(context, 0).type, shape: required(context, 0).shape?.slice(0, -2) }],
  ReverseSequence: (context) => [required(context, 0)],
};
