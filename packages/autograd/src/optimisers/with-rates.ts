import type { Value } from "../graph.ts";
import { tensor } from "../tensor.ts";
import type { Optimiser } from "./optimiser.ts";

/**
 * An optimiser whose parameters go at rates of their own: each step's move is multiplied, number by number.
 *
 * @param options.rates factor on the rate of each parameter [p]; at 0 it stays where it is
 * @param options.pull what is added to its gradient, times the parameter: an L2 penalty [p]. @default none
 */
export function withRates(
  optimiser: Optimiser,
  { rates, pull }: { readonly rates: Float32Array; readonly pull?: Float32Array },
): Optimiser {
  return {
    ...optimiser,
    name: `${optimiser.name} with rates`,
    update(b, at) {
      const vector = (values: Float32Array): Value => b.constant(tensor(at.parameters.type, [values.length], values));
      const { parameters } = at;
      const gradient = pull === undefined ? at.gradient : b.add(at.gradient, b.mul(parameters, vector(pull)));
      const next = optimiser.update(b, { ...at, gradient });
      const move = b.mul(b.sub(next.parameters, parameters), vector(rates));
      return { parameters: b.add(parameters, move), slots: next.slots };
    },
  };
}
