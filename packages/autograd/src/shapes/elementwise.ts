import { isFloat } from "../tensor.ts";
import { broadcastShapes } from "./broadcast.ts";
import { graphFault, required, type ShapeRule } from "./shape-rule.ts";

const same: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type, shape }];
};

const floating: ShapeRule = (context) => {
  const { type } = required(context, 0);
  if (!isFloat(type)) throw graphFault(context.node, `input must be of floating point: ${type} given`);
  return same(context);
};

const combined: ShapeRule = (context) => {
  const inputs = context.inputs.filter((input) => input !== undefined);
  const first = required(context, 0);
  for (const input of inputs) {
    if (input.type !== first.type)
      throw graphFault(context.node, `inputs must be of one type: ${first.type} and ${input.type} given`);
  }
  return [
    {
      type: first.type,
      shape: broadcastShapes(
        context.node,
        inputs.map((input) => input.shape),
      ),
    },
  ];
};

const compared: ShapeRule = (context) => {
  const [result] = combined(context);
  return [{ type: "bool", shape: result?.shape }];
};

const chosen: ShapeRule = (context) => {
  const inputs = [required(context, 0), required(context, 1), required(context, 2)] as const;
  if (inputs[0].type !== "bool") throw graphFault(context.node, `condition must be bool: ${inputs[0].type} given`);
  if (inputs[1].type !== inputs[2].type) {
    throw graphFault(context.node, `branches must be of one type: ${inputs[1].type} and ${inputs[2].type} given`);
  }
  return [
    {
      type: inputs[1].type,
      shape: broadcastShapes(
        context.node,
        inputs.map((input) => input.shape),
      ),
    },
  ];
};

const powered: ShapeRule = (context) => {
  const [base, exponent] = [required(context, 0), required(context, 1)];
  return [{ type: base.type, shape: broadcastShapes(context.node, [base.shape, exponent.shape]) }];
};

const tested: ShapeRule = (context) => [{ type: "bool", shape: required(context, 0).shape }];

function table(rule: ShapeRule, operators: string): Record<string, ShapeRule> {
  return Object.fromEntries(operators.split(" ").map((operator) => [operator, rule]));
}

/** Shapes of operators that work element by element. */
export const elementwiseShapes: Readonly<Record<string, ShapeRule>> = {
  ...table(
    same,
    "Abs Neg Sign Ceil Floor Round Identity Clip Relu LeakyRelu PRelu Elu Selu Celu ThresholdedRelu HardSigmoid HardSwish Not BitwiseNot Shrink CumSum Trilu",
  ),
  ...table(
    floating,
    "Sqrt Exp Log Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Tanh Sigmoid Reciprocal Softplus Softsign Erf Gelu Mish",
  ),
  ...table(combined, "Add Sub Mul Div Max Min Mean Sum Mod And Or Xor BitwiseAnd BitwiseOr BitwiseXor BitShift"),
  ...table(compared, "Equal Less LessOrEqual Greater GreaterOrEqual"),
  ...table(chosen, "Where"),
  ...table(powered, "Pow"),
  ...table(tested, "IsNaN IsInf"),
};
