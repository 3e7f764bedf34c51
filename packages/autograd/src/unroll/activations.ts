import type { GraphBuilder } from "../builder.ts";
import { float, type Node, type Value } from "../graph.ts";
import { graphFault } from "../shapes/shape-rule.ts";

/** A function that a gate or a state goes through. */
export type Activation = (builder: GraphBuilder, x: Value) => Value;

type Numbers = { readonly alpha: number; readonly beta: number };

type Kind = {
  /** Numbers it takes, as they are where none are given; those without a default must be given. */
  readonly absent: Partial<Record<keyof Numbers, number | "none">>;
  readonly make: (builder: GraphBuilder, x: Value, numbers: Numbers) => Value;
};

// The numbers where none are given are those of ONNX Runtime.
const kinds: Readonly<Record<string, Kind>> = {
  sigmoid: { absent: {}, make: (builder, x) => builder.sigmoid(x) },
  tanh: { absent: {}, make: (builder, x) => builder.tanh(x) },
  relu: { absent: {}, make: (builder, x) => builder.relu(x) },
  softsign: { absent: {}, make: (builder, x) => builder.op("Softsign", [x]) },
  softplus: { absent: {}, make: (builder, x) => builder.softplus(x) },
  affine: {
    absent: { alpha: "none", beta: "none" },
    make: (builder, x, { alpha, beta }) => builder.add(builder.mul(x, alpha), beta),
  },
  scaledtanh: {
    absent: { alpha: "none", beta: "none" },
    make: (builder, x, { alpha, beta }) => builder.mul(builder.tanh(builder.mul(x, beta)), alpha),
  },
  hardsigmoid: {
    absent: { alpha: 0.2, beta: 0.5 },
    make: (builder, x, { alpha, beta }) => builder.op("HardSigmoid", [x], { alpha: float(alpha), beta: float(beta) }),
  },
  leakyrelu: { absent: { alpha: 0.01 }, make: (builder, x, { alpha }) => builder.op("LeakyRelu", [x], { alpha: float(alpha) }) },
  thresholdedrelu: {
    absent: { alpha: 0 },
    make: (builder, x, { alpha }) => builder.op("ThresholdedRelu", [x], { alpha: float(alpha) }),
  },
  elu: { absent: { alpha: 1 }, make: (builder, x, { alpha }) => builder.op("Elu", [x], { alpha: float(alpha) }) },
};

/**
 * The activations of a recurrent node, for one direction after the other; what is clipped is clipped before each.
 *
 * @throws GraphError when there are too few or one is not known
 */
export function activationsOf(node: Node, absent: readonly string[], directions: number): Activation[] {
  const { activations, activation_alpha: alphas, activation_beta: betas, clip } = node.attributes;
  const usual = Array.from({ length: directions }, () => absent).flat();
  const names = activations?.kind === "strings" && activations.value.length > 0 ? activations.value : usual;
  if (names.length !== usual.length) throw graphFault(node, `needs ${usual.length} activations: ${names.length} given`);
  const given = {
    alpha: alphas?.kind === "floats" ? [...alphas.value] : [],
    beta: betas?.kind === "floats" ? [...betas.value] : [],
  };
  const limit = clip?.kind === "float" ? clip.value : 0;
  return names.map((name) => {
    const kind = kinds[name.toLowerCase()];
    if (kind === undefined) throw graphFault(node, `activation "${name}" is not known`);
    // Each number goes to the next activation that takes one.
    const next = (which: "alpha" | "beta"): number => {
      const usually = kind.absent[which];
      const number = usually === undefined ? 0 : (given[which].shift() ?? usually);
      if (number === "none") throw graphFault(node, `activation "${name}" needs an entry in activation_${which}`);
      return number;
    };
    const numbers: Numbers = { alpha: next("alpha"), beta: next("beta") };
    return (builder, x) => kind.make(builder, limit > 0 ? builder.clip(x, -limit, limit) : x, numbers);
  });
}
