import type { Value } from "../graph.ts";
import { zeroSlots, type Optimiser } from "./optimiser.ts";

export type AdamOptions = {
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.999 */
  readonly beta2?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /** Taken off the parameters themselves at each step, times the rate (AdamW: Loshchilov & Hutter, arXiv 1711.05101). @default 0 */
  readonly decay?: number;
};

/** Adam (Kingma & Ba, arXiv 1412.6980), with bias correction; with `decay` it is AdamW. */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0 }: AdamOptions = {}): Optimiser {
  return {
    name: decay === 0 ? "adam" : "adamw",
    slots: ["mean", "square"],
    init: zeroSlots(2),
    update(b, { parameters, gradient, slots, rate, step }) {
      const [mean, square] = slots as readonly [Value, Value];
      const nextMean = b.add(b.mul(mean, beta1), b.mul(gradient, 1 - beta1));
      const nextSquare = b.add(b.mul(square, beta2), b.mul(b.mul(gradient, gradient), 1 - beta2));
      const meanBias = b.sub(1, b.pow(b.scalar(step.type, beta1), step));
      const squareBias = b.sub(1, b.pow(b.scalar(step.type, beta2), step));
      // Both corrections are scalars: they are put together before anything of the parameters' size is touched.
      const size = b.div(b.mul(rate, b.sqrt(squareBias)), meanBias);
      const floor = b.mul(b.sqrt(squareBias), epsilon);
      const move = b.mul(b.div(nextMean, b.add(b.sqrt(nextSquare), floor)), size);
      const kept = decay === 0 ? parameters : b.mul(parameters, b.sub(1, b.mul(rate, decay)));
      return { parameters: b.sub(kept, move), slots: [nextMean, nextSquare] };
    },
  };
}
