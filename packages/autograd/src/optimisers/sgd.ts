import type { Value } from "../graph.ts";
import { decayed } from "./decayed.ts";
import { zeroSlots, type Optimiser } from "./optimiser.ts";

export type SgdOptions = {
  /** Share of the last move that is made again. @default 0 */
  readonly momentum?: number;
  /** Look ahead along the momentum (Sutskever et al., ICML 2013). @default false */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the parameters. @default 0 */
  readonly decay?: number;
};

/**
 * Gradient descent: v ← momentum · v + g, p ← p − rate · v, with Nesterov's momentum p ← p − rate · (g + momentum · v).
 *
 * @throws RangeError for Nesterov's form without momentum
 */
export function sgd({ momentum = 0, nesterov = false, decay = 0 }: SgdOptions = {}): Optimiser {
  if (nesterov && momentum === 0) throw new RangeError("Nesterov's form needs a momentum above 0: 0 given");
  return {
    name: nesterov ? "nesterov" : "sgd",
    slots: momentum === 0 ? [] : ["velocity"],
    init: zeroSlots(momentum === 0 ? 0 : 1),
    update(b, { parameters, gradient, slots, rate }) {
      const pull = decayed(b, gradient, parameters, decay);
      const [velocity] = slots;
      if (velocity === undefined) return { parameters: b.sub(parameters, b.mul(pull, rate)), slots: [] };
      const next: Value = b.add(b.mul(velocity, momentum), pull);
      const along = nesterov ? b.add(pull, b.mul(next, momentum)) : next;
      return { parameters: b.sub(parameters, b.mul(along, rate)), slots: [next] };
    },
  };
}
