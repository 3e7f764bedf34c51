import fc from "fast-check";
import { int } from "../graph.ts";
import { axes, floats, integers, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { joiningRules } from "./joining.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const concat: Cases = shapes(1).chain((shape) =>
  fc
    .tuple(
      seeds,
      axes(shape),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    )
    .map(([seed, axis, parts, isOpen]) => ({
      inputs: parts.map(([size, isConstant], index) => ({
        ...floats(seed + index, shape.with(axis, size)),
        isConstant: isConstant && index > 0,
      })),
      attributes: { axis: int(axis) },
      isOpen,
    })),
);

const split: Cases = shapes(1).chain((shape) =>
  fc
    .tuple(
      seeds,
      axes(shape),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom("constant", "input", "absent"),
      fc.boolean(),
    )
    .map(([seed, axis, lengths, kind, isOpen]) => {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      // Parts of equal length, and a shorter last one, where no lengths are given.
      const size = kind === "absent" ? lengths.length * 2 - (lengths.length > 1 ? 1 : 0) : total;
      return {
        inputs: [
          floats(seed, shape.with(axis, size)),
          kind === "absent" ? undefined : { ...integers(lengths), isConstant: kind === "constant" },
        ],
        attributes: { axis: int(axis), ...(kind === "absent" ? { num_outputs: int(lengths.length) } : {}) },
        outputs: lengths.length,
        isOpen,
      };
    }),
);

checkRules("what joins and what cuts into parts", joiningRules, { Concat: concat, Split: split });
