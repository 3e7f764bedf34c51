import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { int, text } from "../graph.ts";
import { axes, distinctFloats, floats, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { CaseInput, GradientCase } from "../testing/gradient-case.ts";
import { sizeOf } from "../tensor.ts";
import { scatteringRules } from "./scattering.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const reductions = fc.constantFrom("none" as const, "add" as const, "mul" as const, "max" as const, "min" as const);

/** Data and updates as their reduction needs them: away from zero, or from each other. */
function valuesFor(reduction: string, seed: number, data: readonly number[], updates: readonly number[]): CaseInput[] {
  if (reduction === "max" || reduction === "min") return distinctFloats(seed, [data, updates]);
  return [data, updates].map((shape, index) => floats(seed + index, shape, { kinks: [0] }));
}

const scatterElements: Cases = shapes(1).chain((shape) =>
  fc
    .tuple(seeds, axes(shape), fc.integer({ min: 1, max: 4 }), reductions, fc.boolean(), fc.boolean())
    .map(([seed, axis, drawn, reduction, isGiven, isOpen]) => {
      const size = shape.at(axis) as number;
      // Where one place is written twice, what stands there in the end is not defined.
      const count = reduction === "none" ? Math.min(drawn, size) : drawn;
      const taken = shape.with(axis, count);
      const random = createRandom(seed, "places");
      const order = random.permutation(size);
      const along = taken.slice(axis < 0 ? axis + shape.length + 1 : axis + 1).reduce((product, next) => product * next, 1);
      const values = Array.from({ length: sizeOf(taken) }, (_, at) =>
        reduction === "none" ? (order[Math.floor(at / along) % count] as number) : random.below(2 * size) - size,
      );
      const [data, updates] = valuesFor(reduction, seed, shape, taken);
      return {
        inputs: [data, { shape: taken, values, type: "int64" }, updates],
        attributes: { axis: int(axis), ...(reduction === "none" && !isGiven ? {} : { reduction: text(reduction) }) },
        isOpen,
      };
    }),
);

const scatterNd: Cases = shapes(1, 3).chain((shape) =>
  fc
    .tuple(seeds, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: shape.length }), reductions, fc.boolean())
    .map(([seed, drawn, depth, reduction, isOpen]) => {
      const spots = sizeOf(shape.slice(0, depth));
      const count = reduction === "none" ? Math.min(drawn, spots) : drawn;
      const random = createRandom(seed, "places");
      const order = random.permutation(spots);
      const values = Array.from({ length: count }, (_, at) => {
        let rest = reduction === "none" ? (order[at] as number) : random.below(spots);
        const coordinates: number[] = [];
        for (const size of shape.slice(0, depth).toReversed()) {
          coordinates.unshift(rest % size);
          rest = Math.floor(rest / size);
        }
        return coordinates;
      }).flat();
      const [data, updates] = valuesFor(reduction, seed, shape, [count, ...shape.slice(depth)]);
      return {
        inputs: [data, { shape: [count, depth], values, type: "int64", isSized: true }, updates],
        attributes: { reduction: text(reduction) },
        isOpen,
      };
    }),
);

checkRules("what places elements by their position", scatteringRules, {
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
});
