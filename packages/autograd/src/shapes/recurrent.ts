import { intOf, textOf, type Dimension, type ValueType } from "../graph.ts";
import { required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";

const recurrent: ShapeRule = (context) => {
  const { node } = context;
  const [x, r] = [required(context, 0), required(context, 2)];
  const ways = textOf(node, "direction", "forward") === "bidirectional" ? 2 : 1;
  const isBatchFirst = intOf(node, "layout", 0) === 1;
  const [first, second] = [x.shape?.[0] ?? context.unknown(), x.shape?.[1] ?? context.unknown()];
  const [steps, samples] = isBatchFirst ? [second, first] : [first, second];
  const hidden: Dimension = r.shape?.[2] ?? intOf(node, "hidden_size", 0);
  const state: ValueType = { type: x.type, shape: isBatchFirst ? [samples, ways, hidden] : [ways, samples, hidden] };
  const all = isBatchFirst ? [samples, steps, ways, hidden] : [steps, ways, samples, hidden];
  return [{ type: x.type, shape: all }, state, state];
};

/** What both branches agree on. */
const branch: ShapeRule = ({ node, unknown }: ShapeContext) => {
  const { then_branch: then, else_branch: otherwise } = node.attributes;
  if (then?.kind !== "graph" || otherwise?.kind !== "graph") return [];
  return then.value.outputs.map(({ type, shape }, index) => {
    const other = otherwise.value.outputs[index]?.shape;
    const agrees = shape !== undefined && other !== undefined && shape.length === other.length;
    return {
      type,
      shape: agrees
        ? shape.map((size, axis) => (size === other[axis] && typeof size === "number" ? size : unknown()))
        : undefined,
    };
  });
};

/** What a loop carries may change its shape; what it collects has one more axis. */
const loop: ShapeRule = ({ node, inputs, unknown }) => {
  const { body } = node.attributes;
  if (body?.kind !== "graph") return [];
  const carried = Math.max(0, inputs.length - 2);
  return body.value.outputs.slice(1).map(({ type, shape }, index) => {
    const sizes = shape?.map((size) => (typeof size === "number" ? size : unknown()));
    return { type, shape: sizes && (index < carried ? sizes : [unknown(), ...sizes]) };
  });
};

const scan: ShapeRule = ({ node, inputs, unknown }) => {
  const { body } = node.attributes;
  if (body?.kind !== "graph") return [];
  const states = inputs.length - intOf(node, "num_scan_inputs", 0);
  return body.value.outputs.map(({ type, shape }, index) =>
    index < states ? { type, shape: inputs[index]?.shape } : { type, shape: shape && [...shape, 1].map(() => unknown()) },
  );
};

/** Shapes of what repeats or chooses. */
export const recurrentShapes: Readonly<Record<string, ShapeRule>> = {
  RNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
  If: branch,
  Loop: loop,
  Scan: scan,
};
