import fc from "fast-check";
import { ints, text, type Attributes } from "../graph.ts";

/** A window over some axes and the sizes of what it slides over. */
export type WindowCase = {
  readonly kernel: readonly number[];
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly attributes: Attributes;
};

type Axis = {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly room: number;
};

const axis: fc.Arbitrary<Axis> = fc.record({
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.integer({ min: 0, max: 2 }),
  after: fc.integer({ min: 0, max: 2 }),
  room: fc.integer({ min: 0, max: 3 }),
});

export type WindowDraw = {
  /** @default 2 */
  readonly rank?: number;
  /** Whether pads stay below the kernel, as poolings need. @default false */
  readonly isPool?: boolean;
};

/** Windows with all their attributes, that fit at least once. */
export function windows({ rank = 2, isPool = false }: WindowDraw = {}): fc.Arbitrary<WindowCase> {
  const modes = fc.constantFrom("NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID");
  return fc.tuple(fc.integer({ min: 1, max: rank }), modes).chain(([count, mode]) =>
    fc.array(axis, { minLength: count, maxLength: count }).map((axes) => {
      const isPadded = mode === "NOTSET";
      // The runtime has no dilations beside pads that keep the size.
      const dilated = mode.startsWith("SAME") ? axes.map((own) => ({ ...own, dilation: 1 })) : axes;
      const held = isPool ? dilated.map(withinKernel) : dilated;
      return {
        kernel: held.map(({ kernel }) => kernel),
        strides: held.map(({ stride }) => stride),
        dilations: held.map(({ dilation }) => dilation),
        sizes: held.map((own) => Math.max(1, own.room + spanOf(own) - (isPadded ? own.before + own.after : 0))),
        attributes: {
          strides: ints(held.map(({ stride }) => stride)),
          dilations: ints(held.map(({ dilation }) => dilation)),
          ...(isPadded
            ? { pads: ints([...held.map(({ before }) => before), ...held.map(({ after }) => after)]) }
            : { auto_pad: text(mode) }),
        },
      };
    }),
  );
}

const spanOf = ({ kernel, dilation }: Axis): number => (kernel - 1) * dilation + 1;

const withinKernel = (own: Axis): Axis => ({
  ...own,
  before: Math.min(own.before, own.kernel - 1),
  after: Math.min(own.after, own.kernel - 1),
});
