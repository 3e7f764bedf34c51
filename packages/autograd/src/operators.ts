import type { GraphCore, OperationOptions } from "./builder.ts";
import { int, ints, type Value } from "./graph.ts";
import { elementCode } from "./onnx/element-types.ts";
import { tensor, type ElementType } from "./tensor.ts";

/** A value, or a number that takes the type of the value beside it. */
export type Operand = Value | number;

type Unary = (x: Value, options?: OperationOptions) => Value;
type Binary = (a: Operand, b: Operand, options?: OperationOptions) => Value;
type Reduction = (x: Value, axes?: readonly number[], keep?: boolean, options?: OperationOptions) => Value;

/** The common operators by name. Axes may be counted from the end; reductions go over all axes unless told, and drop them. */
export type Operators = {
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly pow: Binary;
  readonly max: Binary;
  readonly min: Binary;
  readonly less: Binary;
  readonly lessOrEqual: Binary;
  readonly greater: Binary;
  readonly greaterOrEqual: Binary;
  readonly equal: Binary;
  readonly where: (condition: Value, then: Operand, otherwise: Operand, options?: OperationOptions) => Value;
  readonly neg: Unary;
  readonly abs: Unary;
  readonly sign: Unary;
  readonly sqrt: Unary;
  readonly exp: Unary;
  readonly log: Unary;
  readonly sin: Unary;
  readonly cos: Unary;
  readonly tanh: Unary;
  readonly sigmoid: Unary;
  readonly relu: Unary;
  readonly softplus: Unary;
  readonly erf: Unary;
  readonly round: Unary;
  readonly identity: Unary;
  readonly not: Unary;
  readonly clip: (x: Value, low: number, high: number, options?: OperationOptions) => Value;
  readonly matMul: Binary;
  readonly softmax: (x: Value, axis?: number) => Value;
  readonly logSoftmax: (x: Value, axis?: number) => Value;
  readonly reduceSum: Reduction;
  readonly reduceMean: Reduction;
  readonly reduceMax: Reduction;
  readonly reduceProd: Reduction;
  readonly reshape: (x: Value, shape: readonly number[] | Value, options?: OperationOptions) => Value;
  readonly transpose: (x: Value, order?: readonly number[], options?: OperationOptions) => Value;
  readonly squeeze: (x: Value, axes?: readonly number[]) => Value;
  readonly unsqueeze: (x: Value, axes: readonly number[]) => Value;
  readonly expand: (x: Value, shape: readonly number[] | Value) => Value;
  readonly concat: (values: readonly Value[], axis: number) => Value;
  readonly slice: (
    x: Value,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps?: readonly number[],
  ) => Value;
  readonly gather: (x: Value, indices: Value, axis?: number) => Value;
  readonly shapeOf: (x: Value) => Value;
  readonly cast: (x: Value, type: ElementType) => Value;
  /** A scalar constant. */
  readonly scalar: (type: ElementType, value: number) => Value;
  /** A vector of whole numbers: a shape, axes, indices. */
  readonly integers: (values: readonly number[]) => Value;
};

/** Named operators over the core of a builder. */
export function createOperators(core: GraphCore, scalar: (type: ElementType, value: number) => Value): Operators {
  const { op } = core;
  const integers = (values: readonly number[]): Value => core.constant(tensor("int64", [values.length], values));
  const vector = (values: readonly number[] | Value): Value => ("name" in values ? values : integers(values));

  function unary(name: string): Unary {
    return (x, options) => op(name, [x], {}, options);
  }
  function paired(a: Operand, b: Operand): [Value, Value] {
    if (typeof a === "number" && typeof b === "number")
      throw new TypeError("One of two operands must be a value of the graph: two numbers given");
    const type = (typeof a === "number" ? (b as Value) : a).type;
    return [typeof a === "number" ? scalar(type, a) : a, typeof b === "number" ? scalar(type, b) : b];
  }
  function binary(name: string): Binary {
    return (a, b, options) => op(name, paired(a, b), {}, options);
  }
  function reduction(name: string): Reduction {
    return (x, axes, keep = false, options) =>
      op(name, [x, axes === undefined ? undefined : integers(axes)], { keepdims: int(keep ? 1 : 0) }, options);
  }

  return {
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Mul"),
    div: binary("Div"),
    pow: binary("Pow"),
    max: binary("Max"),
    min: binary("Min"),
    less: binary("Less"),
    lessOrEqual: binary("LessOrEqual"),
    greater: binary("Greater"),
    greaterOrEqual: binary("GreaterOrEqual"),
    equal: binary("Equal"),
    where: (condition, then, otherwise, options) => op("Where", [condition, ...paired(then, otherwise)], {}, options),
    neg: unary("Neg"),
    abs: unary("Abs"),
    sign: unary("Sign"),
    sqrt: unary("Sqrt"),
    exp: unary("Exp"),
    log: unary("Log"),
    sin: unary("Sin"),
    cos: unary("Cos"),
    tanh: unary("Tanh"),
    sigmoid: unary("Sigmoid"),
    relu: unary("Relu"),
    softplus: unary("Softplus"),
    erf: unary("Erf"),
    round: unary("Round"),
    identity: unary("Identity"),
    not: unary("Not"),
    clip: (x, low, high, options) => op("Clip", [x, scalar(x.type, low), scalar(x.type, high)], {}, options),
    matMul: binary("MatMul"),
    softmax: (x, axis = -1) => op("Softmax", [x], { axis: int(axis) }),
    logSoftmax: (x, axis = -1) => op("LogSoftmax", [x], { axis: int(axis) }),
    reduceSum: reduction("ReduceSum"),
    reduceMean: reduction("ReduceMean"),
    reduceMax: reduction("ReduceMax"),
    reduceProd: reduction("ReduceProd"),
    reshape: (x, shape, options) => op("Reshape", [x, vector(shape)], {}, options),
    transpose: (x, order, options) => op("Transpose", [x], order === undefined ? {} : { perm: ints(order) }, options),
    squeeze: (x, axes) => op("Squeeze", [x, axes === undefined ? undefined : integers(axes)]),
    unsqueeze: (x, axes) => op("Unsqueeze", [x, integers(axes)]),
    expand: (x, shape) => op("Expand", [x, vector(shape)]),
    concat: (values, axis) => op("Concat", values, { axis: int(axis) }),
    slice: (x, starts, ends, axes, steps) =>
      op("Slice", [x, integers(starts), integers(ends), integers(axes), steps === undefined ? undefined : integers(steps)]),
    gather: (x, indices, axis = 0) => op("Gather", [x, indices], { axis: int(axis) }),
    shapeOf: (x) => op("Shape", [x]),
    cast: (x, type) => op("Cast", [x], { to: int(elementCode(type)) }),
    scalar,
    integers,
  };
}
