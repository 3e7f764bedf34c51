import { int, type Node, text, textOf } from "../../graph.ts";
import { cannotRaise, type RaiseContext, type RaiseStep, withAttributes } from "./raise-step.ts";

/** A default that became another: the old one is written down. */
function oldDefault(name: string, value: string): RaiseStep["raise"] {
  return (node) => [node.attributes[name] === undefined ? withAttributes(node, { [name]: text(value) }) : node];
}

function refuse(why: string): RaiseStep["raise"] {
  return (node, context) => {
    throw cannotRaise(node, context, why);
  };
}

const typeNames = "FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64".split(" ");

// Element types were names once.
function raiseCast(node: Node, context: RaiseContext): readonly Node[] {
  const name = textOf(node, "to", "");
  const index = typeNames.indexOf(name.toUpperCase());
  if (index < 0) throw cannotRaise(node, context, `type ${JSON.stringify(name)} is not known`);
  return [withAttributes(node, { to: int(index + 1) })];
}

const samplingModes: Readonly<Record<string, string>> = { bilinear: "linear", bicubic: "cubic" };

function raiseGridSample(node: Node): readonly Node[] {
  const mode = textOf(node, "mode", "bilinear");
  return [withAttributes(node, { mode: text(samplingModes[mode] ?? mode) })];
}

const dropSequence: RaiseStep = { before: 7, raise: (node) => [withAttributes(node, { output_sequence: undefined })] };

/** Changes of names and defaults, and what has no counterpart today. */
export const renamed: Readonly<Record<string, readonly RaiseStep[]>> = {
  Cast: [{ before: 6, raise: raiseCast }],
  Concat: [{ before: 4, raise: (node) => ("axis" in node.attributes ? [node] : [withAttributes(node, { axis: int(1) })]) }],
  GridSample: [{ before: 20, raise: raiseGridSample }],
  GroupNormalization: [{ before: 21, raise: refuse("scale and bias were one for a group and are one for a channel") }],
  RoiAlign: [{ before: 16, raise: oldDefault("coordinate_transformation_mode", "output_half_pixel") }],
  Scan: [{ before: 9, raise: refuse("it had an axis of batches") }],
  Scatter: [{ before: 11, raise: (node) => [{ ...node, op: "ScatterElements" }] }],
  Tile: [{ before: 6, raise: refuse("it repeated along one axis") }],
  GRU: [dropSequence],
  LSTM: [dropSequence],
  RNN: [dropSequence],
};
