import fc from "fast-check";
import { int, ints, text } from "../graph.ts";
import { floats, integers, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { sizeOf } from "../tensor.ts";
import { movementRules } from "./movement.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const isOpen = fc.boolean();

const reshape: Cases = shapes(0, 3).chain((shape) => {
  const merged = [[-1], [sizeOf(shape)], [1, -1], [sizeOf(shape), 1, 1], shape.toReversed(), shape.map(() => 0), [...shape, 1]];
  return fc.tuple(seeds, fc.constantFrom(...merged), isOpen, fc.boolean()).map(([seed, wanted, open, isConstant]) => ({
    inputs: [floats(seed, shape), { ...integers(wanted), isConstant }],
    isOpen: open,
  }));
});

const flatten: Cases = shapes(1, 3).chain((shape) =>
  fc.tuple(seeds, fc.integer({ min: -shape.length, max: shape.length }), isOpen).map(([seed, axis, open]) => ({
    inputs: [floats(seed, shape)],
    attributes: { axis: int(axis) },
    isOpen: open,
  })),
);

const transpose: Cases = shapes(0, 4, 2).chain((shape) =>
  fc
    .tuple(
      seeds,
      fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
      fc.boolean(),
      isOpen,
    )
    .map(([seed, perm, isGiven, open]) => ({
      inputs: [floats(seed, shape)],
      attributes: isGiven ? { perm: ints(perm) } : {},
      isOpen: open,
    })),
);

const squeeze: Cases = shapes(1, 3).chain((drawn) => {
  const shape = drawn.map((size, axis) => (axis % 2 === 0 ? 1 : size));
  const single = shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  return fc
    .tuple(seeds, fc.subarray(single, { minLength: 1 }), fc.constantFrom("front", "end", "absent"))
    .chain(([seed, chosen, kind]) =>
      isOpen.map((open) => ({
        inputs: [
          floats(seed, shape),
          kind === "absent" ? undefined : integers(chosen.map((axis) => (kind === "end" ? axis - shape.length : axis))),
        ],
        // Which of open sizes are 1, and so how many axes are left, is not known before the graph runs.
        isOpen: open && kind !== "absent",
      })),
    );
});

const unsqueeze: Cases = shapes(0, 2).chain((shape) =>
  fc
    .tuple(
      seeds,
      fc.subarray(
        [0, 1, 2].filter((axis) => axis <= shape.length),
        { minLength: 1 },
      ),
      fc.boolean(),
      isOpen,
      fc.boolean(),
    )
    .map(([seed, chosen, fromEnd, open, isConstant]) => ({
      inputs: [
        floats(seed, shape),
        { ...integers(chosen.map((axis) => (fromEnd ? axis - shape.length - chosen.length : axis))), isConstant },
      ],
      isOpen: open,
    })),
);

const expand: Cases = shapes(0, 3).chain((shape) =>
  fc
    .tuple(seeds, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.nat(shape.length), fc.nat(2), fc.boolean(), isOpen)
    .map(([seed, ones, from, to, isConstant, open]) => ({
      inputs: [
        floats(seed, shape.map((size, axis) => (ones[axis] === true ? 1 : size)).slice(from)),
        { ...integers(shape.map((size, axis) => (axis < to && ones[axis] !== true ? 1 : size))), isConstant },
      ],
      isOpen: open,
    })),
);

const tile: Cases = shapes(1, 3).chain((shape) =>
  fc
    .tuple(
      seeds,
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: shape.length, maxLength: shape.length }),
      fc.boolean(),
      isOpen,
    )
    .map(([seed, repeats, isConstant, open]) => ({
      inputs: [floats(seed, shape), { ...integers(repeats), isConstant }],
      isOpen: open,
    })),
);

const picture = fc.tuple(
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 1, max: 2 }),
);

const depthToSpace: Cases = fc
  .tuple(picture, seeds, fc.constantFrom({}, { mode: text("DCR") }, { mode: text("CRD") }), isOpen)
  .map(([[batch, channels, rows, columns], seed, mode, open]) => ({
    inputs: [floats(seed, [batch, channels * 4, rows, columns])],
    attributes: { blocksize: int(2), ...mode },
    isOpen: open,
  }));

const spaceToDepth: Cases = fc.tuple(picture, seeds, isOpen).map(([[batch, channels, rows, columns], seed, open]) => ({
  inputs: [floats(seed, [batch, channels, rows * 2, columns * 2])],
  attributes: { blocksize: int(2) },
  isOpen: open,
}));

const trilu: Cases = shapes(2, 3).chain((shape) =>
  fc
    .tuple(seeds, fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }), fc.boolean(), isOpen)
    .map(([seed, k, upper, open]) => ({
      inputs: [floats(seed, shape), k === undefined ? undefined : integers([k], [])],
      attributes: { upper: int(upper ? 1 : 0) },
      isOpen: open,
    })),
);

const reverseSequence: Cases = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), seeds, fc.boolean(), isOpen)
  .map(([steps, samples, seed, isBatchFirst, open]) => ({
    inputs: [
      floats(seed, isBatchFirst ? [samples, steps, 2] : [steps, samples, 2]),
      integers(Array.from({ length: samples }, (_, index) => 1 + ((seed + index) % steps))),
    ],
    attributes: { time_axis: int(isBatchFirst ? 1 : 0), batch_axis: int(isBatchFirst ? 0 : 1) },
    isOpen: open,
  }));

checkRules("what gives values another shape", movementRules, {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Trilu: trilu,
  ReverseSequence: reverseSequence,
});
