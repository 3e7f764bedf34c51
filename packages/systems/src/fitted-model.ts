import type { GraphBuilder, Value } from "@ohmwork/autograd";
import type { Random } from "@ohmwork/core";

/** A black box between standardised numbers: layers of tanh, and a linear way past them. */
export type FittedModel = {
  /** Shapes of the weights by name; `bias` ones are vectors. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Standardised outputs [rows, m] for inputs [rows, n] and parameters [p] or [rows, p], both −1 to 1 over their windows. */
  readonly answer: (
    g: GraphBuilder,
    weights: Readonly<Record<string, Value>>,
    inputs: Value,
    parameters: Value | undefined,
  ) => Value;
  /** Glorot's uniform start for matrices, 0 for biases. */
  readonly start: (random: Random) => Readonly<Record<string, Float32Array>>;
};

/** @param hidden widths of the layers of tanh, at least one */
export function createFittedModel(sizes: {
  readonly inputs: number;
  readonly parameters: number;
  readonly outputs: number;
  readonly hidden: readonly number[];
}): FittedModel {
  const { inputs, parameters, outputs, hidden } = sizes;
  const shapes: Record<string, readonly number[]> = { past: [inputs, outputs] };
  if (parameters > 0) {
    shapes["past parameters"] = [parameters, outputs];
    shapes["first parameters"] = [parameters, hidden[0] as number];
  }
  let width = inputs;
  for (const [layer, next] of [...hidden, outputs].entries()) {
    shapes[`layer ${layer}`] = [width, next];
    shapes[`bias ${layer}`] = [next];
    width = next;
  }
  return {
    shapes,
    answer: (g, weights, x, theta) => {
      const weight = (name: string): Value => weights[name] as Value;
      const layer = (value: Value, index: number): Value =>
        g.add(g.matMul(value, weight(`layer ${index}`)), weight(`bias ${index}`));
      let value = x;
      for (const index of hidden.keys()) {
        const sum = layer(value, index);
        value = g.tanh(index === 0 && theta !== undefined ? g.add(sum, g.matMul(theta, weight("first parameters"))) : sum);
      }
      const sum = g.add(layer(value, hidden.length), g.matMul(x, weight("past")));
      return theta === undefined ? sum : g.add(sum, g.matMul(theta, weight("past parameters")));
    },
    start: (random) =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, [from, to]]) => {
          const reach = to === undefined ? 0 : Math.sqrt(6 / ((from as number) + to));
          return [name, new Float32Array((from as number) * (to ?? 1)).map(() => reach * (2 * random.uniform() - 1))];
        }),
      ),
  };
}
