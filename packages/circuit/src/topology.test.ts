import { createRandom } from "@ohmwork/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConnected, createCircuit } from "./circuit.ts";
import { bipartite, complete, openLattice, periodicLattice, randomGraph, type Topology } from "./topology.ts";

function degrees({ nodes, edges }: Topology): number[] {
  const count = nodes.map(() => 0);
  for (const [a, b] of edges) for (const node of [a, b]) count[node] = (count[node] as number) + 1;
  return count;
}

function pairs({ edges }: Topology): Set<string> {
  return new Set(edges.map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`));
}

describe("topologies", () => {
  it("periodicLattice() joins every node to four others, once", () => {
    const torus = periodicLattice(4, 5);
    expect(torus.edges).toHaveLength(40);
    expect(new Set(degrees(torus))).toEqual(new Set([4]));
    expect(pairs(torus).size).toBe(40);
    expect(() => periodicLattice(2, 5)).toThrow("Rows of a periodic lattice must be an integer of 3 or more: 2");
  });

  it("openLattice(), complete() and bipartite() have the edges they should", () => {
    expect(openLattice(3, 4).edges).toHaveLength(3 * 3 + 2 * 4);
    expect(pairs(complete(7)).size).toBe(21);
    const sides = bipartite(3, 4);
    expect(sides.edges).toHaveLength(12);
    expect(sides.edges.every(([a, b]) => a < 3 && b >= 3)).toBe(true);
  });

  it("randomGraph() is connected, without parallel edges, of the degree asked for, and the same for the same seed", () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 3, max: 80 }),
        fc.double({ min: 2, max: 6, noNaN: true }),
        (seed, nodes, asked) => {
          const degree = Math.min(asked, nodes - 1);
          const graph = randomGraph(nodes, degree, createRandom(seed));
          expect(graph.edges).toHaveLength(Math.round((nodes * degree) / 2));
          expect(pairs(graph).size).toBe(graph.edges.length);
          checkConnected({ nodes: graph.nodes, edges: graph.edges.map(([from, to]) => ({ from, to })) }, [0]);
          expect(randomGraph(nodes, degree, createRandom(seed))).toEqual(graph);
        },
      ),
    );
    expect(() => randomGraph(10, 1, createRandom(1))).toThrow("Degree of a random graph of 10 nodes must be 1.80 to 9: 1");
  });
});

describe("createCircuit", () => {
  const law = { law: "resistor", resistanceOhms: 1 } as const;
  it("refuses unknown nodes, self loops and names used twice", () => {
    const nodes = ["a", "b"];
    expect(() => createCircuit(nodes, [{ name: "e", from: 0, to: 2, law }])).toThrow(
      "Edge 0 ends at node 2, which is not one of the 2 nodes",
    );
    expect(() => createCircuit(nodes, [{ name: "e", from: 1, to: 1, law }])).toThrow('Edge 0 joins node "b" to itself');
    const edge = { name: "e", from: 0, to: 1, law };
    expect(() => createCircuit(nodes, [edge, edge])).toThrow('Edge name used twice: "e"');
    expect(() => createCircuit(["a", "a"], [])).toThrow('Node name used twice: "a"');
  });
});
