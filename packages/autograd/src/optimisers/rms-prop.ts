import type { Value } from "../graph.ts";
import { decayed } from "./decayed.ts";
import { zeroSlots, type Optimiser } from "./optimiser.ts";

export type RmsPropOptions = {
  /** Share of the mean square that is kept at each step. @default 0.99 */
  readonly alpha?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /** Share of the last move that is made again. @default 0 */
  readonly momentum?: number;
  /** Added to the gradient, times the parameters. @default 0 */
  readonly decay?: number;
};

/** RMSprop (Tieleman & Hinton, lecture 6.5 of Neural Networks for Machine Learning, 2012): g over the root of its running mean square. */
export function rmsProp({ alpha = 0.99, epsilon = 1e-8, momentum = 0, decay = 0 }: RmsPropOptions = {}): Optimiser {
  return {
    name: "rmsprop",
    slots: momentum === 0 ? ["square"] : ["square", "velocity"],
    init: zeroSlots(momentum === 0 ? 1 : 2),
    update(b, { parameters, gradient, slots, rate }) {
      const [square, velocity] = slots as readonly [Value, Value?];
      const pull = decayed(b, gradient, parameters, decay);
      const nextSquare = b.add(b.mul(square, alpha), b.mul(b.mul(pull, pull), 1 - alpha));
      const scaled = b.div(pull, b.add(b.sqrt(nextSquare), epsilon));
      const along = velocity === undefined ? scaled : b.add(b.mul(velocity, momentum), scaled);
      return {
        parameters: b.sub(parameters, b.mul(along, rate)),
        slots: velocity === undefined ? [nextSquare] : [nextSquare, along],
      };
    },
  };
}
