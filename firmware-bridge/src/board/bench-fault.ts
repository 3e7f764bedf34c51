/** What can be wrong on a breadboard and be told from outside. Edges, nodes and chips have the names of the build. */
export type BenchFault =
  /** No current flows through the edge. */
  | { readonly kind: "open-edge"; readonly edge: string }
  /** Each of the two edges stands where the other belongs. */
  | { readonly kind: "swapped-edges"; readonly edges: readonly [string, string] }
  /** Each of the two chips answers to the select of the other. */
  | { readonly kind: "swapped-chip-selects"; readonly pots: readonly [string, string] }
  /** One wire of the edge, at its wiper or its terminal B, ends at another node. */
  | { readonly kind: "misplaced-wire"; readonly edge: string; readonly terminal: "W" | "B"; readonly node: string }
  /** The wiper conducts, always like at the middle. */
  | { readonly kind: "dead-pot"; readonly edge: string }
  | { readonly kind: "shorted-node"; readonly node: string; readonly to: string }
  | { readonly kind: "missing-chip-select"; readonly pot: string }
  /** The DAC does not acknowledge its address; counted from 1. */
  | { readonly kind: "silent-dac"; readonly chip: number }
  /** The DAC does not reach the node. */
  | { readonly kind: "undriven-source"; readonly node: string }
  | { readonly kind: "swapped-sources"; readonly nodes: readonly [string, string] }
  /** The converter reads each of the two nodes in place of the other. */
  | { readonly kind: "swapped-readings"; readonly nodes: readonly [string, string] }
  /** The clamp does not take the node along. */
  | { readonly kind: "no-clamp"; readonly node: string }
  /** What is measured is not what any of these would give. */
  | { readonly kind: "unexplained"; readonly node: string; readonly volts: number };
