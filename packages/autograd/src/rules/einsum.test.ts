import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBuilder } from "../builder.ts";
import { text } from "../graph.ts";
import { gradients } from "../gradients.ts";
import { floats, seeds } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { einsumRules } from "./einsum.ts";

const labels = ["i", "j", "K", "b"];

/** Two operands (or one, or three) of some labels each, and a result of some of theirs. */
const drawn: fc.Arbitrary<Omit<GradientCase, "op">> = fc
  .tuple(
    fc.array(fc.shuffledSubarray(labels, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    seeds,
    fc.boolean(),
  )
  .map(([terms, order, sizes, seed, isOpen]) => {
    const used = [...new Set(terms.flat())];
    const result = used.filter((label) => (order[labels.indexOf(label)] as number) % 3 > 0);
    const sorted = result.toSorted((a, b) => (order[labels.indexOf(a)] as number) - (order[labels.indexOf(b)] as number));
    return {
      inputs: terms.map((term, index) =>
        floats(
          seed + index,
          term.map((label) => sizes[labels.indexOf(label)] as number),
        ),
      ),
      attributes: { equation: text(`${terms.map((term) => term.join("")).join(", ")} -> ${sorted.join("")}`) },
      isOpen,
    };
  });

const written: fc.Arbitrary<Omit<GradientCase, "op">> = fc
  .tuple(
    fc.constantFrom<[equation: string, ...number[][]]>(
      ["...ij,...jk->...ik", [2, 1, 2, 3], [2, 1, 3, 2]],
      ["...ij,jk", [2, 2, 3], [3, 2]],
      ["b...i,bi...->b...", [2, 3, 2], [2, 2, 3]],
      ["bhqd,bhkd->bhqk", [1, 2, 2, 3], [1, 2, 3, 3]],
      ["i...->...", [2, 3]],
      ["ij,jk", [2, 3], [3, 2]],
      ["i,i->", [3], [3]],
      ["i,j->ij", [3], [2]],
      ["...,...->...", [2, 1], [1, 3]],
    ),
    seeds,
    fc.boolean(),
  )
  .map(([[equation, ...shapes], seed, isOpen]) => ({
    inputs: shapes.map((shape, index) => floats(seed + index, shape)),
    attributes: { equation: text(equation) },
    // ONNX lets axes under an ellipsis be stretched, but not where the model tells that they are.
    isOpen: isOpen || equation.startsWith("...,"),
  }));

checkRules("sums over named axes", einsumRules, { Einsum: fc.oneof(drawn, written) });

describe("Einsum", () => {
  it.each([
    ["ii->i", [[2, 2]], 'Einsum "trace": has no gradient through the diagonal "ii"'],
    [
      "ij,jk->ik",
      [
        [2, 3],
        [2, 2],
      ],
      'Einsum "trace": axes "j" have sizes 3 and 2',
    ],
    [
      "ij,jk->im",
      [
        [2, 3],
        [3, 2],
      ],
      'Einsum "trace": label "m" of the result must stand in an operand, and once in the result',
    ],
    ["ij->ii", [[2, 3]], 'Einsum "trace": label "i" of the result must stand in an operand, and once in the result'],
    ["i-j->i", [[2, 3]], 'Einsum "trace": equation "i-j->i" is malformed'],
    [
      "ij->i",
      [
        [2, 3],
        [3, 2],
      ],
      'Einsum "trace": equation "ij->i" needs 1 operands: 2 given',
    ],
    ["ijk->i", [[2, 3]], 'Einsum "trace": "ijk" of equation "ijk->i" does not fit [2, 3]'],
  ])("refuses %s of %j", (equation, shapes, message) => {
    const builder = createBuilder();
    const inputs = shapes.map((shape, index) => builder.input(`x${index}`, "float32", shape));
    const make = (): unknown => {
      const y = builder.op("Einsum", inputs, { equation: text(equation) }, { name: "trace" });
      return gradients(builder, { of: [y], by: inputs });
    };
    expect(make).toThrow(message);
  });
});
