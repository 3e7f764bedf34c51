import fc from "fast-check";
import { float, int } from "../graph.ts";
import { broadcastShapes, floats, seeds } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { linearRules } from "./linear.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const size = fc.integer({ min: 1, max: 3 });

const matMul: Cases = fc
  .tuple(fc.tuple(size, size, size), broadcastShapes(2), fc.boolean(), fc.boolean(), seeds, fc.boolean())
  .map(([[n, k, m], [leftBatch = [], rightBatch = []], isRow, isColumn, seed, isOpen]) => {
    const left = isRow ? [k] : [...leftBatch.slice(-2), n, k];
    const right = isColumn ? [k] : [...rightBatch.slice(-2), k, m];
    return { inputs: [floats(seed, left), floats(seed + 1, right)], isOpen };
  });

const gemm: Cases = fc
  .tuple(
    fc.tuple(size, size, size),
    fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    fc.constantFrom(undefined, "scalar", "row", "column", "whole", "one"),
    seeds,
    fc.boolean(),
  )
  .map(([[n, k, m], [turnA, turnB, isScaled], added, seed, isOpen]) => {
    const shapesOfC = { scalar: [], row: [m], column: [n, 1], whole: [n, m], one: [1] };
    return {
      inputs: [
        floats(seed, turnA ? [k, n] : [n, k]),
        floats(seed + 1, turnB ? [m, k] : [k, m]),
        added === undefined ? undefined : floats(seed + 2, shapesOfC[added]),
      ],
      attributes: {
        transA: int(turnA ? 1 : 0),
        transB: int(turnB ? 1 : 0),
        ...(isScaled ? { alpha: float(0.5), beta: float(-1.5) } : {}),
      },
      isOpen,
    };
  });

checkRules("matrix products", linearRules, { MatMul: matMul, Gemm: gemm });
