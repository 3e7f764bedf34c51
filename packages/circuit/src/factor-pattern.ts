import { eliminationOrder } from "./elimination-order.ts";

/** Where the nonzeros of a Cholesky factor lie, found once from the pattern of the matrix. Indices are elimination positions. */
export type FactorPattern = {
  readonly size: number;
  /** Variable at each position. */
  readonly variableAt: Int32Array;
  readonly positionOf: Int32Array;
  /** Elimination tree: the first row below the diagonal in each column, −1 at a root. */
  readonly parent: Int32Array;
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
  const parent = eliminationTree(lower);
  const rowStart = new Int32Array(size + 1);
  const columnStart = new Int32Array(size + 1);
  const mark = new Int32Array(size).fill(-1);
  const visit = (take: (row: number, column: number) => void): void => {
    mark.fill(-1);
    for (const [row, list] of lower.entries()) {
      mark[row] = row;
      for (let column of list) {
        for (; mark[column] !== row; column = parent[column] as number) {
          mark[column] = row;
          take(row, column);
        }
      }
    }
  };
  visit((row, column) => {
    rowStart[row + 1] = (rowStart[row + 1] as number) + 1;
    columnStart[column + 1] = (columnStart[column + 1] as number) + 1;
  });
  for (let i = 0; i < size; i += 1) {
    rowStart[i + 1] = (rowStart[i + 1] as number) + (rowStart[i] as number);
    columnStart[i + 1] = (columnStart[i + 1] as number) + (columnStart[i] as number);
  }
  const rows = new Int32Array(columnStart[size] as number);
  const columns = new Int32Array(rows.length);
  const nextInColumn = columnStart.slice();
  visit((row, column) => {
    const at = nextInColumn[column] as number;
    rows[at] = row;
    nextInColumn[column] = at + 1;
  });
  // Filling the rows column by column leaves each of them ascending: an order in which the columns can be applied.
  const nextInRow = rowStart.slice();
  for (let column = 0; column < size; column += 1) {
    for (let p = columnStart[column] as number; p < (columnStart[column + 1] as number); p += 1) {
      const row = rows[p] as number;
      const at = nextInRow[row] as number;
      columns[at] = column;
      nextInRow[row] = at + 1;
    }
  }
  return { size, variableAt, positionOf, parent, columnStart, rows, rowStart, columns };
}
