import type { LearningRule } from "@ohmwork/core";
import type { EdgeRule } from "./edge-rules.ts";
import type { Nudge } from "./nudges.ts";

/**
 * Coupled learning: a network compares two states of its own, and every edge changes by what it sees across itself.
 *
 * @param options.contrast "free-clamped" compares the free state with one pulled towards the label; "symmetric" compares
 *   two clamped states on either side of the free one, which cancels whatever does not depend on the side @default "free-clamped"
 * @param options.swapReplicas alternate which replica is clamped, so that an edge's fixed error averages out @default false
 */
export function coupledLearning(options: {
  name: string;
  edge: EdgeRule;
  nudge: Nudge;
  contrast?: LearningRule["contrast"];
  swapReplicas?: boolean;
}): LearningRule {
  const { name, edge, nudge, contrast = "free-clamped", swapReplicas = false } = options;
  return {
    name,
    contrast,
    swapReplicas,
    nudge,
    change: (first, second, strength, random, changes, shares) => {
      for (let e = 0; e < changes.length; e += 1) {
        changes[e] = edge(first[e] as number, second[e] as number, strength, random, shares?.[e]);
      }
    },
  };
}
