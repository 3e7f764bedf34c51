import type { LearningRule, Random } from "@ohmwork/core";
import type { EdgeSenses } from "./edge-senses.ts";
import type { NetworkOutput } from "./network-ports.ts";
import type { Replica } from "./replica.ts";

/** One presentation of a row to the two replicas: settle, nudge, clamp, compare. No allocation. */
export interface Presentation {
  /** Voltages of the driven nodes [V]; set before `settle` and `present`. */
  readonly sources: Float64Array;
  /** Wanted outputs [V], NaN where there is none; set before `present`. */
  readonly label: Float64Array;
  /** Outputs of the free state [V], as the last `settle` or `present` left them. */
  readonly answer: Float64Array;
  /** What every learning edge makes of the last presentation; positive conducts more. */
  readonly changes: Float64Array;
  /** The parameter of every learning edge as a share of its largest value; kept by who moves them. */
  readonly shares: Float64Array;
  /** Lets the first replica settle and reads the answer. Returns the power it dissipates [W]. */
  settle(): number;
  /**
   * Returns the strength with which the rule taught: 0 when it left the network alone, and `changes` is stale then.
   *
   * @param swapped the replicas change roles: the second one stays free
   */
  present(random: Random, swapped: boolean): number;
}

export function createPresentation(options: {
  nodes: number;
  sources: number;
  learningEdges: number;
  outputs: readonly NetworkOutput[];
  first: Replica;
  /** The same object as `first` where the two are equal: equal circuits settle alike. */
  second: Replica;
  senses: EdgeSenses;
  rule: LearningRule;
}): Presentation {
  const { nodes, outputs, first, second, senses, rule } = options;
  const clampable = outputs.reduce((count, { minus }) => count + (minus === undefined ? 1 : 2), 0);
  const sources = new Float64Array(options.sources);
  const label = new Float64Array(outputs.length);
  const answer = new Float64Array(outputs.length);
  const changes = new Float64Array(options.learningEdges);
  const shares = new Float64Array(options.learningEdges);
  const displacement = new Float64Array(outputs.length);
  const pull = new Float64Array(clampable);
  const free = new Float64Array(nodes);
  const freeOfMoved = new Float64Array(nodes);
  const towards = new Float64Array(nodes);
  const away = new Float64Array(nodes);
  const firstDrops = new Float64Array(options.learningEdges);
  const secondDrops = new Float64Array(options.learningEdges);

  const read = (): void => {
    for (let k = 0; k < outputs.length; k += 1) {
      const { node, minus } = outputs[k] as NetworkOutput;
      answer[k] = (free[node] as number) - (minus === undefined ? 0 : (free[minus] as number));
    }
  };

  /** What each clampable node is displaced by, counted from `own`, to stand `side` nudges away from the free answer. */
  const pullFrom = (own: Float64Array, side: number): void => {
    let c = 0;
    for (let k = 0; k < outputs.length; k += 1) {
      const { node, minus } = outputs[k] as NetworkOutput;
      const whole = side * (displacement[k] as number);
      const share = minus === undefined ? whole : whole / 2;
      pull[c++] = (free[node] as number) - (own[node] as number) + share;
      if (minus !== undefined) pull[c++] = (free[minus] as number) - (own[minus] as number) - share;
    }
  };

  const present = (random: Random, swapped: boolean): number => {
    const stays = swapped ? second : first;
    const moves = swapped ? first : second;
    stays.settle(sources, free);
    read();
    const strength = rule.nudge(answer, label, displacement);
    if (strength === 0) return 0;

    const ownFree = moves === stays ? free : freeOfMoved;
    if (moves !== stays) moves.settle(sources, ownFree);
    pullFrom(ownFree, 1);
    moves.clamp(ownFree, pull, towards);
    if (rule.contrast === "symmetric") {
      pullFrom(free, -1);
      stays.clamp(free, pull, away);
    }
    const other = rule.contrast === "symmetric" ? away : free;
    senses.sense(other, towards, swapped, random, firstDrops, secondDrops);
    rule.change(firstDrops, secondDrops, strength, random, changes, shares);
    return strength;
  };

  const settle = (): number => {
    first.settle(sources, free);
    read();
    return first.power(free);
  };
  return { sources, label, answer, changes, shares, settle, present };
}
