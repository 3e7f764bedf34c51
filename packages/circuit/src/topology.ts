import type { Random } from "@ohmwork/core";

/** Nodes and the pairs of them that are joined. */
export type Topology = { readonly nodes: readonly string[]; readonly edges: readonly (readonly [number, number])[] };

/** Node names of a role; a node can have one role only. */
export type Roles = {
  /** Nodes driven with the inputs. */
  readonly sources: readonly string[];
  /** Nodes at 0 V. */
  readonly grounds: readonly string[];
  /** Nodes at a constant voltage. */
  readonly rails: readonly string[];
  /** Nodes that are read, and clamped while learning. */
  readonly outputs: readonly string[];
};

function checkCount(value: number, least: number, what: string): void {
  if (!Number.isInteger(value) || value < least) throw new RangeError(`${what} must be an integer of ${least} or more: ${value}`);
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i}`);
}

function lattice(rows: number, columns: number, periodic: boolean): Topology {
  const edges: [number, number][] = [];
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      const node = r * columns + c;
      if (periodic || c + 1 < columns) edges.push([node, r * columns + ((c + 1) % columns)]);
      if (periodic || r + 1 < rows) edges.push([node, ((r + 1) % rows) * columns + c]);
    }
  }
  return { nodes: numbered(rows * columns), edges };
}

/**
 * A square lattice wrapped to a torus: node = columns · row + column, an edge from each node to its right and to its lower neighbour.
 *
 * @throws RangeError when a side is shorter than 3, where neighbours would be joined twice
 */
export function periodicLattice(rows: number, columns: number): Topology {
  checkCount(rows, 3, "Rows of a periodic lattice");
  checkCount(columns, 3, "Columns of a periodic lattice");
  return lattice(rows, columns, true);
}

/** A square lattice with edges: as `periodicLattice`, not wrapped. @throws RangeError when a side is shorter than 1 */
export function openLattice(rows: number, columns: number): Topology {
  checkCount(rows, 1, "Rows of a lattice");
  checkCount(columns, 1, "Columns of a lattice");
  return lattice(rows, columns, false);
}

/** Every pair joined. @throws RangeError when there are fewer than 2 nodes */
export function complete(nodes: number): Topology {
  checkCount(nodes, 2, "Nodes of a complete graph");
  const edges: [number, number][] = [];
  for (let a = 0; a < nodes; a += 1) for (let b = a + 1; b < nodes; b += 1) edges.push([a, b]);
  return { nodes: numbered(nodes), edges };
}

/** Every node of the left side joined to every node of the right side; the left ones come first. @throws RangeError when a side is empty */
export function bipartite(left: number, right: number): Topology {
  checkCount(left, 1, "Left side of a bipartite graph");
  checkCount(right, 1, "Right side of a bipartite graph");
  const edges: [number, number][] = [];
  for (let a = 0; a < left; a += 1) for (let b = 0; b < right; b += 1) edges.push([a, left + b]);
  return { nodes: numbered(left + right), edges };
}

/**
 * A connected random graph without parallel edges, of mean degree as near `degree` as whole edges allow: a random tree,
 * then random pairs.
 *
 * @throws RangeError when the degree is below that of a tree or above that of the complete graph
 */
export function randomGraph(nodes: number, degree: number, random: Random): Topology {
  checkCount(nodes, 2, "Nodes of a random graph");
  const wanted = Math.round((nodes * degree) / 2);
  const most = (nodes * (nodes - 1)) / 2;
  if (!(wanted >= nodes - 1 && wanted <= most))
    throw new RangeError(
      `Degree of a random graph of ${nodes} nodes must be ${(2 - 2 / nodes).toFixed(2)} to ${nodes - 1}: ${degree}`,
    );
  const taken = new Set<number>();
  const edges: [number, number][] = [];
  const join = (a: number, b: number): void => {
    const key = Math.min(a, b) * nodes + Math.max(a, b);
    if (a === b || taken.has(key)) return;
    taken.add(key);
    edges.push([a, b]);
  };
  const order = random.permutation(nodes);
  for (let i = 1; i < nodes; i += 1) join(order[random.below(i)] as number, order[i] as number);
  while (edges.length < wanted) join(random.below(nodes), random.below(nodes));
  return { nodes: numbered(nodes), edges };
}
