export { bindOnnxRuntime, type OnnxRuntimeModule, type OnnxRuntimeOptions } from "./bind-onnx-runtime.ts";
export { createBuilder, type GraphBuilder, type GraphCore, type OperationOptions } from "./builder.ts";
export { differentiate, type DifferentiateOptions } from "./differentiate.ts";
export { gradients, type GradientRequest } from "./gradients.ts";
export { GraphError } from "./graph-error.ts";
export {
  float,
  floats,
  int,
  ints,
  text,
  type Attribute,
  type Attributes,
  type Dimension,
  type Graph,
  type Node,
  type Shape,
  type Value,
  type ValueType,
} from "./graph.ts";
export { inline } from "./inline.ts";
export { crossEntropy } from "./losses/cross-entropy.ts";
export { hinge } from "./losses/hinge.ts";
export type { Loss } from "./losses/loss.ts";
export { meanSquaredError } from "./losses/mean-squared-error.ts";
export { measured } from "./measured.ts";
export { encodeModel } from "./onnx/encode-model.ts";
export { loadModel } from "./onnx/load-model.ts";
export { countParameters, printGraph } from "./print-graph.ts";
export type { Operand, Operators } from "./operators.ts";
export type { GradientRule, RuleContext } from "./rules/gradient-rule.ts";
export type { GraphRuntime, GraphSession } from "./runtime.ts";
export { foldConstants } from "./simplify/fold-constants.ts";
export { simplify } from "./simplify/simplify.ts";
export { isFloat, numbersOf, sizeOf, tensor, type ElementType, type FloatType, type Tensor, type TensorData } from "./tensor.ts";
export { adam, type AdamOptions } from "./optimisers/adam.ts";
export { clipByNorm } from "./optimisers/clip-by-norm.ts";
export type { Optimiser, OptimiserStep } from "./optimisers/optimiser.ts";
export { rmsProp, type RmsPropOptions } from "./optimisers/rms-prop.ts";
export { constantRate, cosine, oneCycle, type Schedule, stepped } from "./optimisers/schedules.ts";
export { withRates } from "./optimisers/with-rates.ts";
export { sgd, type SgdOptions } from "./optimisers/sgd.ts";
export { unroll } from "./unroll/unroll.ts";
