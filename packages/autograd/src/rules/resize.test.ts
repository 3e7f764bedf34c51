import fc from "fast-check";
import { int, ints, text } from "../graph.ts";
import { floats, integers, seeds } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { resizeRules } from "./resize.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const scale = fc.constantFrom(0.5, 1, 1.3, 2, 2.6);

/** Whether a factor is 1 or changes a length. */
function stretches(length: number, factor: number): boolean {
  return factor === 1 || Math.floor(length * factor) !== length;
}

const resize: Cases = fc
  .tuple(
    fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 4 })),
    seeds,
    fc.tuple(scale, scale),
    fc.constantFrom("nearest", "linear", "cubic"),
    fc.constantFrom("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"),
    fc.constantFrom("scales", "sizes", "axes"),
    fc.boolean(),
  )
  .filter(([[, rows, columns], , [down, across]]) => stretches(rows, down) && stretches(columns, across))
  .map(([[channels, rows, columns], seed, [down, across], mode, transformation, kind, isOpen]) => {
    const scales = kind === "axes" ? [down, across] : [1, 1, down, across];
    const sizes = [1, channels, Math.floor(rows * down), Math.floor(columns * across)];
    return {
      inputs: [
        floats(seed, [1, channels, rows, columns]),
        undefined,
        kind === "sizes" ? undefined : { shape: [scales.length], values: scales, type: "float32", isConstant: true },
        kind === "sizes" ? integers(sizes) : undefined,
      ],
      attributes: {
        mode: text(mode),
        coordinate_transformation_mode: text(transformation),
        ...(mode === "cubic" ? { exclude_outside: int(seed % 2) } : {}),
        ...(kind === "axes" ? { axes: ints([2, -1]) } : {}),
      },
      isOpen,
    };
  });

checkRules("what makes pictures larger or smaller", resizeRules, { Resize: resize });
