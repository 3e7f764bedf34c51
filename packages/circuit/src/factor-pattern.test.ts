import { createRandom } from "@ohmwork/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eliminationOrder } from "./elimination-order.ts";
import { analysePattern } from "./factor-pattern.ts";
import { openLattice, periodicLattice, randomGraph, type Topology } from "./topology.ts";

function neighboursOf({ nodes, edges }: Topology): number[][] {
  const sets = nodes.map(() => new Set<number>());
  for (const [a, b] of edges) {
    sets[a]?.add(b);
    sets[b]?.add(a);
  }
  return sets.map((set) => [...set]);
}

/** Nonzeros below the diagonal, by playing elimination on sets. */
function fillOf(neighbours: readonly (readonly number[])[], order: ArrayLike<number>): Set<number>[] {
  const sets = neighbours.map((list) => new Set(list));
  const columns: Set<number>[] = [];
  for (let k = 0; k < order.length; k += 1) {
    const i = order[k] as number;
    const left = sets[i] as Set<number>;
    columns.push(new Set(left));
    for (const a of left) {
      sets[a]?.delete(i);
      for (const b of left) if (a !== b) sets[a]?.add(b);
    }
  }
  return columns;
}

const count = (columns: readonly Set<number>[]): number => columns.reduce((sum, set) => sum + set.size, 0);

const graphs = fc
  .record({
    seed: fc.nat(1e6),
    nodes: fc.integer({ min: 2, max: 60 }),
    degree: fc.double({ min: 2, max: 6, noNaN: true }),
    last: fc.nat(5),
  })
  .map(({ seed, nodes, degree, last }) => {
    const random = createRandom(seed, "pattern test");
    return {
      neighbours: neighboursOf(randomGraph(nodes, Math.min(degree, nodes - 1), random)),
      last: [...random.permutation(nodes)].slice(0, last),
    };
  });

describe("eliminationOrder", () => {
  it("is a permutation that ends with the variables asked for", () => {
    fc.assert(
      fc.property(graphs, ({ neighbours, last }) => {
        const order = [
          ...eliminationOrder(
            neighbours.map((list) => [...list]),
            last,
          ),
        ];
        expect(order.toSorted((a, b) => a - b)).toEqual(neighbours.map((_, i) => i));
        expect(order.slice(order.length - last.length)).toEqual(last);
      }),
    );
  });

  it("fills a lattice far less than the natural order does", () => {
    for (const [lattice, most] of [
      [openLattice(20, 20), 3900],
      [periodicLattice(20, 20), 5900],
    ] as const) {
      // prettier-ignore
      const neighbours = neighboursOf(lattice);
      const order = eliminationOrder(
        neighbours.map((list) => [...list]),
        [],
      );
      const fill = count(fillOf(neighbours, order));
      expect(fill).toBeLessThan(most);
      expect(fill).toBeLessThan(0.6 * count(fillOf(neighbours, neighbours.map((_, i) => i)))); // prettier-ignore
    }
  });
});

describe("analysePattern", () => {
  it("has room for every nonzero that elimination makes, and for few more", () => {
    fc.assert(
      fc.property(graphs, ({ neighbours, last }) => {
        const pattern = analysePattern(neighbours, last);
        const wanted = fillOf(neighbours, pattern.variableAt);
        for (let j = 0; j < pattern.size; j += 1) {
          const rows = pattern.rows.subarray(pattern.columnStart[j], pattern.columnStart[j + 1]);
          expect([...rows]).toEqual([...rows].toSorted((a, b) => a - b));
          for (const i of wanted[j] as Set<number>) expect(rows).toContain(pattern.positionOf[i]);
          expect(pattern.parent[j]).toBe(rows[0] ?? -1);
        }
        // At most every second entry of a supernode is a zero, the diagonal counted; those of the last variables may all be.
        expect(pattern.rows.length + pattern.size).toBeLessThanOrEqual(2 * (count(wanted) + pattern.size) + last.length ** 2);
        expect(pattern.columns).toHaveLength(pattern.rows.length);
      }),
    );
  });
});
