import type { Circuit } from "@ohmwork/circuit";
import type { Random } from "@ohmwork/core";
import type { Imperfections } from "./imperfections.ts";

/** What the learning edges sense of their own drops in two states [V]. */
export interface EdgeSenses {
  /** @param swapped the second state stands on the first replica */
  sense(
    first: Float64Array,
    second: Float64Array,
    swapped: boolean,
    random: Random,
    firstDrops: Float64Array,
    secondDrops: Float64Array,
  ): void;
}

/**
 * An edge has two comparators: of the difference of its drops on the two replicas, and of their sum. Errors a and b at
 * their inputs are the same as drops that are off by (b − a)/2 on the first replica and (a + b)/2 on the second: so the
 * errors are put on the drops, and a rule need not know what reads them. An error belongs to its replica, whatever state
 * stands on it; this is why swapping the replicas helps.
 */
export function createEdgeSenses(
  circuit: Circuit,
  learning: readonly number[],
  imperfections: Imperfections,
  random: Random,
): EdgeSenses {
  const { comparatorOffsetVolts: offset, comparatorNoiseVolts: noise } = imperfections;
  const from = Int32Array.from(learning, (e) => circuit.edges[e]?.from as number);
  const to = Int32Array.from(learning, (e) => circuit.edges[e]?.to as number);
  const ofDifference = Float64Array.from(learning, () => offset * random.normal());
  const ofSum = Float64Array.from(learning, () => offset * random.normal());
  return {
    sense: (first, second, swapped, chance, firstDrops, secondDrops) => {
      for (let i = 0; i < from.length; i += 1) {
        const a = from[i] as number;
        const b = to[i] as number;
        let difference = ofDifference[i] as number;
        let sum = ofSum[i] as number;
        if (noise > 0) {
          difference += noise * chance.normal();
          sum += noise * chance.normal();
        }
        const onFirst = (sum - difference) / 2;
        const onSecond = (sum + difference) / 2;
        firstDrops[i] = (first[a] as number) - (first[b] as number) + (swapped ? onSecond : onFirst);
        secondDrops[i] = (second[a] as number) - (second[b] as number) + (swapped ? onFirst : onSecond);
      }
    },
  };
}
