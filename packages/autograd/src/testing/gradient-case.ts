import type { Attributes } from "../graph.ts";
import type { ElementType } from "../tensor.ts";

/** How many cases are drawn for each rule. */
export const casesPerRule = 50;

export type CaseInput = {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** @default the floating type that the case is run in */
  readonly type?: ElementType;
  /** A constant of the graph, and not differentiated. @default false */
  readonly isConstant?: boolean;
  /** Whether its sizes are declared by numbers also where those of the others are open. @default false */
  readonly isSized?: boolean;
};

/** One operation at one point. */
export type GradientCase = {
  readonly op: string;
  readonly inputs: readonly (CaseInput | undefined)[];
  readonly attributes?: Attributes;
  /** @default 1 */
  readonly outputs?: number;
  /** Whether the sizes of its inputs are declared by names only. @default false */
  readonly isOpen?: boolean;
  /** Whether the runtime computes in single precision whatever the type. @default false */
  readonly isSingle?: boolean;
  /** Whether the rule can itself be differentiated at this point. @default true */
  readonly isSmooth?: boolean;
};
