import { eliminationOrder } from "./elimination-order.ts";
import { findSupernodes } from "./supernodes.ts";

/** Where the nonzeros of a Cholesky factor lie, found once from the pattern of the matrix. Indices are elimination positions. */
export type FactorPattern = {
  readonly size: number;
  /** Variable at each position. */
  readonly variableAt: Int32Array;
  readonly positionOf: Int32Array;
  /** Elimination tree: the first row below the diagonal in each column, −1 at a root. */
  readonly parent: Int32Array;
  /** First column of each supernode, then `size`: columns that share their rows below the supernode. */
  readonly supernodeStart: Int32Array;
  /** Columns of the factor: row indices of column j are rows[columnStart[j] … columnStart[j + 1]), ascending. */
  readonly columnStart: Int32Array;
  readonly rows: Int32Array;
  /** Rows of the factor, without the diagonal: columns of row i are columns[rowStart[i] … rowStart[i + 1]), ascending. */
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
};

/** Columns below the diagonal of each row of the matrix, in elimination positions. */
function lowerRows(neighbours: readonly (readonly number[])[], positionOf: Int32Array): number[][] {
  const lower: number[][] = neighbours.map(() => []);
  for (const [i, list] of neighbours.entries()) {
    const row = positionOf[i] as number;
    for (const j of list) {
      const column = positionOf[j] as number;
      if (column < row) (lower[row] as number[]).push(column);
    }
  }
  return lower;
}

/** Liu's algorithm with path compression, ACM TOMS 12, 127 (1986). */
function eliminationTree(lower: readonly (readonly number[])[]): Int32Array {
  const parent = new Int32Array(lower.length).fill(-1);
  const ancestor = new Int32Array(lower.length).fill(-1);
  for (const [row, list] of lower.entries()) {
    for (let column of list) {
      while (column !== row) {
        const next = ancestor[column] as number;
        ancestor[column] = row;
        if (next < 0) {
          parent[column] = row;
          break;
        }
        column = next;
      }
    }
  }
  return parent;
}

/** Positions before `kept` in postorder of the tree, so that columns that work together lie together; the rest as they were. */
function postorder(parent: Int32Array, kept: number): Int32Array {
  const size = parent.length;
  const child = new Int32Array(size).fill(-1);
  const sibling = new Int32Array(size).fill(-1);
  const roots: number[] = [];
  for (let i = kept - 1; i >= 0; i -= 1) {
    const above = parent[i] as number;
    if (above < 0 || above >= kept) {
      roots.push(i);
      continue;
    }
    sibling[i] = child[above] as number;
    child[above] = i;
  }
  const order = new Int32Array(size);
  let placed = 0;
  for (const root of roots.toReversed()) {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as number;
      const next = child[node] as number;
      if (next < 0) {
        order[placed] = node;
        placed += 1;
        stack.pop();
      } else {
        child[node] = sibling[next] as number;
        stack.push(next);
      }
    }
  }
  for (; placed < size; placed += 1) order[placed] = placed;
  return order;
}

/** Elimination tree, and the number of rows below the diagonal in each column of the factor. */
function treeOf(lower: readonly (readonly number[])[]): [Int32Array, Int32Array] {
  const parent = eliminationTree(lower);
  const counts = new Int32Array(lower.length);
  const mark = new Int32Array(lower.length).fill(-1);
  for (const [row, list] of lower.entries()) {
    mark[row] = row;
    for (let column of list) {
      for (; mark[column] !== row; column = parent[column] as number) {
        mark[column] = row;
        counts[column] = (counts[column] as number) + 1;
      }
    }
  }
  return [parent, counts];
}

/** Rows of every column: a supernode has those of its own entries and of its children, and every column of it has them all. */
function fillColumns(
  lower: readonly (readonly number[])[],
  supernodeStart: Int32Array,
): { columnStart: Int32Array; rows: Int32Array } {
  const size = lower.length;
  const count = supernodeStart.length - 1;
  const upper: number[][] = lower.map(() => []);
  for (const [row, list] of lower.entries()) for (const column of list) (upper[column] as number[]).push(row);
  const supernodeOf = new Int32Array(size);
  for (let s = 0; s < count; s += 1) supernodeOf.fill(s, supernodeStart[s], supernodeStart[s + 1]);
  const children: number[][] = Array.from({ length: count }, () => []);
  const below: Int32Array[] = [];
  const columnStart = new Int32Array(size + 1);
  const mark = new Int32Array(size).fill(-1);
  for (let s = 0; s < count; s += 1) {
    const start = supernodeStart[s] as number;
    const end = supernodeStart[s + 1] as number;
    const found: number[] = [];
    const collect = (list: Iterable<number>): void => {
      for (const row of list) {
        if (row < end || mark[row] === s) continue;
        mark[row] = s;
        found.push(row);
      }
    };
    for (let j = start; j < end; j += 1) collect(upper[j] as number[]);
    for (const child of children[s] as number[]) collect(below[child] as Int32Array);
    const sorted = Int32Array.from(found).toSorted();
    below.push(sorted);
    if (sorted.length > 0) children[supernodeOf[sorted[0] as number] as number]?.push(s);
    for (let j = start; j < end; j += 1) columnStart[j + 1] = (columnStart[j] as number) + (end - 1 - j) + sorted.length;
  }
  const rows = new Int32Array(columnStart[size] as number);
  for (let j = 0; j < size; j += 1) {
    const s = supernodeOf[j] as number;
    let at = columnStart[j] as number;
    for (let row = j + 1; row < (supernodeStart[s + 1] as number); row += 1, at += 1) rows[at] = row;
    rows.set(below[s] as Int32Array, at);
  }
  return { columnStart, rows };
}

/** Filling the rows column by column leaves each of them ascending: an order in which the columns can be applied. */
function transpose(columnStart: Int32Array, rows: Int32Array): { rowStart: Int32Array; columns: Int32Array } {
  const size = columnStart.length - 1;
  const rowStart = new Int32Array(size + 1);
  for (const row of rows) rowStart[row + 1] = (rowStart[row + 1] as number) + 1;
  for (let i = 0; i < size; i += 1) rowStart[i + 1] = (rowStart[i + 1] as number) + (rowStart[i] as number);
  const next = rowStart.slice();
  const columns = new Int32Array(rows.length);
  for (let column = 0; column < size; column += 1) {
    for (let p = columnStart[column] as number; p < (columnStart[column + 1] as number); p += 1) {
      const row = rows[p] as number;
      const at = next[row] as number;
      columns[at] = column;
      next[row] = at + 1;
    }
  }
  return { rowStart, columns };
}

/**
 * Fill-reducing order, elimination tree and nonzeros of the factor of a symmetric pattern.
 *
 * @param neighbours of each variable, both ways, without repeats and without itself
 * @param last variables to be eliminated last, in this order
 */
export function analysePattern(neighbours: readonly (readonly number[])[], last: readonly number[]): FactorPattern {
  const size = neighbours.length;
  const first = eliminationOrder(
    neighbours.map((list) => [...list]),
    last,
  );
  const positionOf = new Int32Array(size);
  for (let p = 0; p < size; p += 1) positionOf[first[p] as number] = p;
  const order = postorder(eliminationTree(lowerRows(neighbours, positionOf)), size - last.length);
  const variableAt = order.map((p) => first[p] as number);
  for (let p = 0; p < size; p += 1) positionOf[variableAt[p] as number] = p;

  const lower = lowerRows(neighbours, positionOf);
  const supernodeStart = findSupernodes(...treeOf(lower), size - last.length);
  const { columnStart, rows } = fillColumns(lower, supernodeStart);
  const parent = Int32Array.from({ length: size }, (_, j) =>
    columnStart[j] === columnStart[j + 1] ? -1 : (rows[columnStart[j] as number] as number),
  );
  return { size, variableAt, positionOf, parent, supernodeStart, columnStart, rows, ...transpose(columnStart, rows) };
}
