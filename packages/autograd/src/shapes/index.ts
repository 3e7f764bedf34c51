import { elementwiseShapes } from "./elementwise.ts";
import { linearShapes } from "./linear.ts";
import { measuredShapes } from "./measured.ts";
import { movementShapes } from "./movement.ts";
import { reductionShapes } from "./reduction.ts";
import type { ShapeRule } from "./shape-rule.ts";

/** Shape rules by operator. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries({ ...elementwiseShapes, ...linearShapes, ...measuredShapes, ...movementShapes, ...reductionShapes }),
);
