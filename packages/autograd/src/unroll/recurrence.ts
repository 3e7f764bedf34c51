import type { GraphBuilder } from "../builder.ts";
import { int, intOf, textOf, type Node, type Value } from "../graph.ts";
import { sizeVector } from "../rules/runtime-shape.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import { numbersOf, tensor } from "../tensor.ts";
import { activationsOf } from "./activations.ts";
import { cellOf, type Cell, type State, type Weights } from "./cells.ts";
import type { Expansion } from "./expansion.ts";

type Frame = {
  readonly builder: GraphBuilder;
  readonly node: Node;
  readonly cell: Cell;
  /** [steps, samples, entries] */
  readonly x: Value;
  readonly steps: number;
  readonly hidden: number;
  readonly lengths: Value | undefined;
};

type Run = { readonly outputs: readonly Value[]; readonly last: State };

/** RNN, GRU and LSTM (onnx.ai, Operators) as the steps they take, in one direction or both. */
export const expandRecurrence: Expansion = ({ builder, node, inputs }) => {
  const [given, w, r, b, lengths, h0, c0, p] = inputs;
  const cell = cellOf(node);
  if (cell === undefined || given === undefined || w === undefined || r === undefined) {
    throw graphFault(node, "needs inputs, weights and recurrent weights");
  }
  const isBatchFirst = intOf(node, "layout", 0) === 1;
  const x = isBatchFirst ? builder.transpose(given, [1, 0, 2]) : given;
  const [steps, , hidden] = [x.shape?.[0], undefined, r.shape?.[2]];
  if (typeof steps !== "number" || typeof hidden !== "number") {
    throw graphFault(node, "can be unrolled only where the number of its steps and of its hidden values is known");
  }
  const direction = textOf(node, "direction", "forward");
  const ways = direction === "bidirectional" ? [false, true] : [direction === "reverse"];
  const activations = activationsOf(node, cell.activations, ways.length);
  const frame: Frame = { builder, node, cell, x, steps, hidden, lengths: uneven(builder, lengths, steps) };
  const pick = (value: Value | undefined, axis: number, way: number): Value | undefined =>
    value && builder.squeeze(ways.length === 1 ? value : builder.slice(value, [way], [way + 1], [axis]), [axis]);
  const stateAxis = isBatchFirst ? 1 : 0;
  const runs = ways.map((isReverse, way) => {
    const [inputWeights, recurrent, bias] = [w, r, b].map((value) => pick(value, 0, way)) as [Value, Value, Value | undefined];
    const size = cell.gates * hidden;
    const [inputBias, recurrentBias] =
      bias === undefined
        ? []
        : (builder.apply("Split", [bias, builder.integers([size, size])], { axis: int(0) }, { outputs: 2 }) as [Value, Value]);
    const weights: Weights = {
      recurrent,
      recurrentBias,
      peephole: pick(p, 0, way),
      hidden,
      activations: activations.slice(way * cell.activations.length, (way + 1) * cell.activations.length),
    };
    const added = inputBias && recurrentBias && !cell.keepsBias ? builder.add(inputBias, recurrentBias) : inputBias;
    const start = startOf(frame, pick(h0, stateAxis, way), pick(c0, stateAxis, way));
    return run(frame, contributions(frame, inputWeights, added), weights, start, isReverse);
  });
  return gathered(frame, runs, isBatchFirst);
};

/** Lengths of the sequences, where they are not known to be all the same. */
function uneven(builder: GraphBuilder, lengths: Value | undefined, steps: number): Value | undefined {
  const known = lengths && builder.constantOf(lengths);
  return known && numbersOf(known).every((length) => length === steps) ? undefined : lengths;
}

/** What the inputs contribute to all gates, by one product over all steps. */
function contributions({ builder, x, steps }: Frame, weights: Value, bias: Value | undefined): Value[] {
  const flat = builder.matMul(x, builder.transpose(weights, [1, 0]));
  const all = bias ? builder.add(flat, bias) : flat;
  const each = builder.apply(
    "Split",
    [all, builder.integers(Array.from({ length: steps }, () => 1))],
    { axis: int(0) },
    { outputs: steps },
  );
  return each.map((step) => builder.squeeze(step, [0]));
}

function startOf({ builder, node, x, hidden }: Frame, h0: Value | undefined, c0: Value | undefined): State {
  const zeros = (): Value =>
    builder.op("ConstantOfShape", [builder.concat([sizeVector(builder, x, 1), builder.integers([hidden])], 0)], {
      value: { kind: "tensor", value: tensor(x.type, [1], [0]) },
    });
  const h = h0 ?? zeros();
  return node.op === "LSTM" ? { h, c: c0 ?? zeros() } : { h };
}

function run(frame: Frame, xs: readonly Value[], weights: Weights, start: State, isReverse: boolean): Run {
  const { builder, cell, steps, lengths } = frame;
  const outputs: Value[] = [];
  let state = start;
  for (let count = 0; count < steps; count += 1) {
    const at = isReverse ? steps - 1 - count : count;
    const next = cell.step(builder, xs[at] as Value, state, weights);
    if (lengths === undefined) {
      outputs[at] = next.h;
      state = next;
      continue;
    }
    // Behind the end of a sequence the state stays as it is and the output is zero.
    const lives = builder.unsqueeze(builder.greater(builder.cast(lengths, "int64"), builder.scalar("int64", at)), [1]);
    const held = (name: "h" | "c"): Value => builder.where(lives, next[name] as Value, state[name] as Value);
    outputs[at] = builder.where(lives, next.h, 0);
    state = next.c === undefined ? { h: held("h") } : { h: held("h"), c: held("c") };
  }
  return { outputs, last: state };
}

/** All outputs, with one axis for the directions. */
function gathered({ builder }: Frame, runs: readonly Run[], isBatchFirst: boolean): (Value | undefined)[] {
  const join = (values: readonly Value[], axis: number): Value =>
    values.length === 1 ? (values[0] as Value) : builder.concat(values, axis);
  const [stepAxes, wayAxis, stateAxis] = isBatchFirst ? [[1, 2], 2, 1] : [[0, 1], 1, 0];
  const each = runs.map(({ outputs }) =>
    join(
      outputs.map((output) => builder.unsqueeze(output, stepAxes)),
      stepAxes[0] as number,
    ),
  );
  const lasts = (name: "h" | "c"): Value | undefined => {
    const values = runs.map(({ last }) => last[name]).filter((value) => value !== undefined);
    return values.length === 0
      ? undefined
      : join(
          values.map((value) => builder.unsqueeze(value, [stateAxis])),
          stateAxis,
        );
  };
  return [join(each, wayAxis), lasts("h"), lasts("c")];
}
