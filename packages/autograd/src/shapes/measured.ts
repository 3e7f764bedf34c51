import { broadcastShapes } from "./broadcast.ts";
import { formatShape, graphFault, required, type ShapeRule } from "./shape-rule.ts";

const measured: ShapeRule = (context) => {
  const [value, model] = [required(context, 0), required(context, 1)];
  if (value.type !== model.type) throw graphFault(context.node, `measured ${value.type}, but the model gives ${model.type}`);
  const shape = broadcastShapes(context.node, [value.shape, model.shape]);
  if (value.shape?.length !== model.shape?.length) {
    throw graphFault(context.node, `measured ${formatShape(value.shape)}, but the model gives ${formatShape(model.shape)}`);
  }
  return [{ type: value.type, shape: value.shape ?? shape }];
};

/** Shapes of our own primitives. */
export const measuredShapes: Readonly<Record<string, ShapeRule>> = { Measured: measured };
