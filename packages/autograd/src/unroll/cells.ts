import type { GraphBuilder } from "../builder.ts";
import { int, intOf, type Node, type Value } from "../graph.ts";
import type { Activation } from "./activations.ts";

/** Weights of one direction; those that are absent are undefined. */
export type Weights = {
  /** [gates × hidden, hidden] */
  readonly recurrent: Value;
  /** [gates × hidden] of the recurrent products. */
  readonly recurrentBias: Value | undefined;
  /** [3 × hidden] of the input, output and forget gate. */
  readonly peephole: Value | undefined;
  readonly hidden: number;
  readonly activations: readonly Activation[];
};

/** What goes from one step to the next: the hidden state, and the cell's own. */
export type State = { readonly h: Value; readonly c?: Value };

/** How a kind of recurrent node goes one step. */
export type Cell = {
  readonly gates: number;
  readonly activations: readonly string[];
  /** Whether the bias of the recurrent products stays apart from that of the inputs. */
  readonly keepsBias: boolean;
  /** @param x what the inputs contribute to all gates, [samples, gates × hidden], biases added */
  readonly step: (builder: GraphBuilder, x: Value, state: State, weights: Weights) => State;
};

function parts(builder: GraphBuilder, x: Value, axis: number, sizes: readonly number[]): Value[] {
  return builder.apply("Split", [x, builder.integers(sizes)], { axis: int(axis) }, { outputs: sizes.length });
}

function product(builder: GraphBuilder, h: Value, weights: Value, added?: Value): Value {
  return builder.op("Gemm", [h, weights, added], { transB: int(1) });
}

const rnn: Cell = {
  gates: 1,
  activations: ["Tanh"],
  keepsBias: false,
  step: (builder, x, { h }, { recurrent, activations: [f] }) => ({
    h: (f as Activation)(builder, product(builder, h, recurrent, x)),
  }),
};

/** z, r = f(x + R h), n = g(x + R (r h)) or, reset after the product, n = g(x + r (R h + b)); h = (1 − z) n + z h. */
function gru(node: Node): Cell {
  const resetsAfter = intOf(node, "linear_before_reset", 0) !== 0;
  return {
    gates: 3,
    activations: ["Sigmoid", "Tanh"],
    keepsBias: resetsAfter,
    step: (builder, x, { h }, { recurrent, recurrentBias, hidden, activations }) => {
      const [f, g] = activations as readonly [Activation, Activation];
      const sizes = [2 * hidden, hidden];
      const [xGates, xNew] = parts(builder, x, 1, sizes) as [Value, Value];
      const halves = (gates: Value): [Value, Value] => parts(builder, f(builder, gates), 1, [hidden, hidden]) as [Value, Value];
      let [z, r, n]: (Value | undefined)[] = [];
      if (resetsAfter) {
        const [hGates, hNew] = parts(builder, product(builder, h, recurrent, recurrentBias), 1, sizes) as [Value, Value];
        [z, r] = halves(builder.add(xGates, hGates));
        n = g(builder, builder.add(xNew, builder.mul(r, hNew)));
      } else {
        const [toGates, toNew] = parts(builder, recurrent, 0, sizes) as [Value, Value];
        [z, r] = halves(product(builder, h, toGates, xGates));
        n = g(builder, product(builder, builder.mul(r, h), toNew, xNew));
      }
      return { h: builder.add(n, builder.mul(z, builder.sub(h, n))) };
    },
  };
}

/** i, f, c of the inputs and the hidden state; C = f C + i c; h = o · h(C). Peepholes let the gates see the cell. */
function lstm(node: Node): Cell {
  const coupled = intOf(node, "input_forget", 0) !== 0;
  return {
    gates: 4,
    activations: ["Sigmoid", "Tanh", "Tanh"],
    keepsBias: false,
    step: (builder, x, { h, c }, { recurrent, peephole, hidden, activations }) => {
      const [f, g, last] = activations as readonly [Activation, Activation, Activation];
      const before = c as Value;
      const gates = product(builder, h, recurrent, x);
      const [i, o, forget, cell] = parts(builder, gates, 1, [hidden, hidden, hidden, hidden]) as [Value, Value, Value, Value];
      const [pi, po, pf] = peephole === undefined ? [] : parts(builder, peephole, 0, [hidden, hidden, hidden]);
      const seen = (gate: Value, weight: Value | undefined, state: Value): Value =>
        weight === undefined ? gate : builder.add(gate, builder.mul(weight, state));
      const open = f(builder, seen(i, pi, before));
      const kept = coupled ? builder.sub(1, open) : f(builder, seen(forget, pf, before));
      const now = builder.add(builder.mul(kept, before), builder.mul(open, g(builder, cell)));
      return { h: builder.mul(f(builder, seen(o, po, now)), last(builder, now)), c: now };
    },
  };
}

/** How a node goes one step; undefined for one that is not recurrent. */
export function cellOf(node: Node): Cell | undefined {
  if (node.op === "RNN") return rnn;
  if (node.op === "GRU") return gru(node);
  return node.op === "LSTM" ? lstm(node) : undefined;
}
