import fc from "fast-check";
import { text } from "../graph.ts";
import { floats, integers, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { slicingRules } from "./slicing.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const cut = fc.record({
  start: fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constant(0)),
  end: fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31), Number.MAX_SAFE_INTEGER)),
  step: fc.constantFrom(1, 1, 2, -1, -2),
  isFromEnd: fc.boolean(),
});

const slice: Cases = shapes(1).chain((shape) =>
  fc
    .tuple(
      seeds,
      fc.shuffledSubarray(shape.map((_, axis) => axis)),
      fc.array(cut, { minLength: 3, maxLength: 3 }),
      fc.constantFrom("steps", "ones", "none", "bare"),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([seed, drawn, cuts, kind, isConstant, isOpen]) => {
      const listed = kind === "bare" ? drawn.map((_, at) => at) : drawn;
      const used = listed.map((axis, at) => ({ axis, ...(cuts[at] as (typeof cuts)[number]) }));
      const vector = (values: readonly number[]): GradientCase["inputs"][number] => ({ ...integers(values), isConstant });
      return {
        inputs: [
          floats(seed, shape),
          vector(used.map(({ start }) => start)),
          vector(used.map(({ end }) => end)),
          kind === "bare" ? undefined : integers(used.map(({ axis, isFromEnd }) => (isFromEnd ? axis - shape.length : axis))),
          kind === "steps" ? vector(used.map(({ step }) => step)) : kind === "ones" ? integers(used.map(() => 1)) : undefined,
        ],
        isOpen,
      };
    }),
);

/** What each mode can add to an axis, or take from it. */
const reach = { constant: [-1, 2], edge: [-1, 2], reflect: [0, 1], wrap: [0, 2] } as const;

const pad: Cases = shapes(1, 3).chain((drawn) =>
  fc
    .tuple(
      seeds,
      fc.constantFrom("constant" as const, "edge" as const, "reflect" as const, "wrap" as const),
      fc.shuffledSubarray(drawn.map((_, axis) => axis)),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
      fc.constantFrom("absent", "value", "constant"),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([seed, mode, listed, amounts, filled, hasAxes, isConstant, isOpen]) => {
      const shape = drawn.map((size) => size + 2);
      const [low, high] = reach[mode];
      const count = hasAxes ? listed.length : shape.length;
      const sizes = amounts.slice(0, 2 * count).map((amount) => Math.round(low + amount * (high - low)));
      return {
        inputs: [
          floats(seed, shape),
          { ...integers(sizes), isConstant },
          filled === "absent" || mode !== "constant"
            ? undefined
            : { shape: [], values: [0.6], isConstant: filled === "constant" },
          hasAxes ? { ...integers(listed), isConstant: isConstant || isOpen } : undefined,
        ],
        attributes: mode === "constant" ? {} : { mode: text(mode) },
        isOpen,
      };
    }),
);

checkRules("what cuts and what pads", slicingRules, { Slice: slice, Pad: pad });
