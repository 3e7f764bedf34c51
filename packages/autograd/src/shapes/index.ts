import { convShapes } from "./conv.ts";
import { creationShapes } from "./creation.ts";
import { einsumShapes } from "./einsum.ts";
import { elementwiseShapes } from "./elementwise.ts";
import { indexingShapes } from "./indexing.ts";
import { joiningShapes } from "./joining.ts";
import { linearShapes } from "./linear.ts";
import { lossShapes } from "./losses.ts";
import { measuredShapes } from "./measured.ts";
import { movementShapes } from "./movement.ts";
import { normalizationShapes } from "./normalization.ts";
import { poolShapes } from "./pool.ts";
import { recurrentShapes } from "./recurrent.ts";
import { quantizedShapes } from "./quantized.ts";
import { reductionShapes } from "./reduction.ts";
import type { ShapeRule } from "./shape-rule.ts";

/** Shape rules by operator. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries({
    ...convShapes,
    ...creationShapes,
    ...einsumShapes,
    ...elementwiseShapes,
    ...indexingShapes,
    ...joiningShapes,
    ...linearShapes,
    ...lossShapes,
    ...measuredShapes,
    ...movementShapes,
    ...normalizationShapes,
    ...poolShapes,
    ...recurrentShapes,
    ...quantizedShapes,
    ...reductionShapes,
  }),
);
