import type { FactorPattern } from "./factor-pattern.ts";
import { smallestPivotRatio } from "./symmetric-factor.ts";

/** Columns that are eliminated before the rest of a front is updated (the best of 8, 16 and 32 on lattices). */
const panelWidth = 16;

/**
 * Numeric LDLᵀ by fronts (Duff & Reid, ACM TOMS 9, 302 (1983)): each supernode is factored in a small full matrix over its columns and
 * the rows below them; what is left of that matrix is added to the front of its parent.
 *
 * @param values matrix and, after `factor`, L by columns and D, in the slots of the pattern; changed in place
 */
export function createMultifrontal(pattern: FactorPattern, values: Float64Array): { factor: () => number; bytes: number } {
  const { size, supernodeStart, columnStart, rows } = pattern;
  const nonzeros = rows.length;
  const count = supernodeStart.length - 1;

  // Order of each front, and where its rows below the supernode come to lie in the front of its parent.
  const order = new Int32Array(count);
  const above = new Int32Array(count).fill(-1);
  const relativeStart = new Int32Array(count + 1);
  const supernodeOf = new Int32Array(size);
  for (let s = 0; s < count; s += 1) {
    const start = supernodeStart[s] as number;
    supernodeOf.fill(s, start, supernodeStart[s + 1]);
    order[s] = (columnStart[start + 1] as number) - (columnStart[start] as number) + 1;
    const below = (order[s] as number) - ((supernodeStart[s + 1] as number) - start);
    relativeStart[s + 1] = (relativeStart[s] as number) + below;
  }
  const relative = new Int32Array(relativeStart[count] as number);
  for (let s = 0; s < count; s += 1) {
    const end = columnStart[supernodeStart[s + 1] as number] as number;
    const below = (relativeStart[s + 1] as number) - (relativeStart[s] as number);
    if (below === 0) continue;
    const parent = supernodeOf[rows[end - below] as number] as number;
    above[s] = parent;
    const first = supernodeStart[parent] as number;
    let at = columnStart[first] as number;
    for (let k = 0; k < below; k += 1) {
      const row = rows[end - below + k] as number;
      if (row > first) while (rows[at] !== row) at += 1;
      relative[(relativeStart[s] as number) + k] = row > first ? at - (columnStart[first] as number) + 1 : 0;
    }
  }

  // A front lies behind that of its parent: in postorder all that is alive beside it are its ancestors. The last supernode
  // stays alive from the start, for the kept columns that it may hold are the one part that is not in postorder.
  const offset = new Int32Array(count);
  let room = 0;
  let widest = 0;
  for (let s = count - 1; s >= 0; s -= 1) {
    const parent = (above[s] as number) >= 0 ? (above[s] as number) : s === count - 1 ? -1 : count - 1;
    offset[s] = parent < 0 ? 0 : (offset[parent] as number) + (order[parent] as number) ** 2;
    room = Math.max(room, (offset[s] as number) + (order[s] as number) ** 2);
    widest = Math.max(widest, order[s] as number);
  }
  const fronts = new Float64Array(room);
  const scaled = new Float64Array(widest * panelWidth);
  const inverse = new Float64Array(panelWidth); // of the pivots of a panel
  const begun = new Uint8Array(count);

  /** Eliminates the columns b0 … b1 in their own rows. @returns the column that failed, or −1 */
  const eliminate = (at: number, n: number, b0: number, b1: number, column: number): number => {
    const width = b1 - b0;
    for (let r = b0; r < b1; r += 1) {
      const own = at + r * n + b0;
      const to = r * width;
      const end = r - b0;
      let pivot = fronts[own + end] as number;
      for (let c = 0; c < end; c += 1) {
        const other = (b0 + c) * width;
        let y = fronts[own + c] as number;
        for (let k = 0; k < c; k += 1) y -= (fronts[own + k] as number) * (scaled[other + k] as number);
        const l = y * (inverse[c] as number);
        fronts[own + c] = y;
        scaled[to + c] = l;
        values[(columnStart[column + b0 + c] as number) + end - c - 1] = l;
        pivot -= l * y;
      }
      const slot = nonzeros + column + r;
      if (!(pivot > (values[slot] as number) * smallestPivotRatio)) return column + r;
      values[slot] = pivot;
      inverse[end] = 1 / pivot;
    }
    return -1;
  };

  /** Carries the elimination of the columns b0 … b1 to the rows below them, four at a time; scaled [n, b1 − b0] takes their L. */
  const extend = (at: number, n: number, b0: number, b1: number, column: number): void => {
    const width = b1 - b0;
    const last = n - 1;
    for (let r0 = b1; r0 < n; r0 += 4) {
      const r1 = r0 + 1 < last ? r0 + 1 : last;
      const r2 = r0 + 2 < last ? r0 + 2 : last;
      const r3 = r0 + 3 < last ? r0 + 3 : last;
      const f0 = at + r0 * n + b0;
      const f1 = at + r1 * n + b0;
      const f2 = at + r2 * n + b0;
      const f3 = at + r3 * n + b0;
      for (let c = 0; c < width; c += 1) {
        const other = (b0 + c) * width;
        let y0 = fronts[f0 + c] as number;
        let y1 = fronts[f1 + c] as number;
        let y2 = fronts[f2 + c] as number;
        let y3 = fronts[f3 + c] as number;
        for (let k = 0; k < c; k += 1) {
          const l = scaled[other + k] as number;
          y0 -= (fronts[f0 + k] as number) * l;
          y1 -= (fronts[f1 + k] as number) * l;
          y2 -= (fronts[f2 + k] as number) * l;
          y3 -= (fronts[f3 + k] as number) * l;
        }
        fronts[f0 + c] = y0;
        fronts[f1 + c] = y1;
        fronts[f2 + c] = y2;
        fronts[f3 + c] = y3;
        const d = inverse[c] as number;
        const to = (columnStart[column + b0 + c] as number) - b0 - c - 1;
        values[to + r0] = scaled[r0 * width + c] = y0 * d;
        values[to + r1] = scaled[r1 * width + c] = y1 * d;
        values[to + r2] = scaled[r2 * width + c] = y2 * d;
        values[to + r3] = scaled[r3 * width + c] = y3 * d;
      }
    }
  };

  /**
   * Takes what the columns b0 … b1 contribute from the rest of the front, two rows by four columns at a time. Here as above, past the
   * edge the last row or column is done again: all are read before any is written, so it comes out the same.
   */
  const update = (at: number, n: number, b0: number, b1: number): void => {
    const width = b1 - b0;
    const last = n - 1;
    for (let r = b1; r < n; r += 2) {
      const rNext = r < last ? r + 1 : r;
      const row = at + r * n;
      const rowNext = at + rNext * n;
      for (let s = b1; s <= rNext; s += 4) {
        const s1 = s + 1 < last ? s + 1 : last;
        const s2 = s + 2 < last ? s + 2 : last;
        const s3 = s + 3 < last ? s + 3 : last;
        let a0 = fronts[row + s] as number;
        let a1 = fronts[row + s1] as number;
        let a2 = fronts[row + s2] as number;
        let a3 = fronts[row + s3] as number;
        let c0 = fronts[rowNext + s] as number;
        let c1 = fronts[rowNext + s1] as number;
        let c2 = fronts[rowNext + s2] as number;
        let c3 = fronts[rowNext + s3] as number;
        const y0 = row + b0;
        const y1 = rowNext + b0;
        const t0 = s * width;
        const t1 = s1 * width;
        const t2 = s2 * width;
        const t3 = s3 * width;
        for (let k = 0; k < width; k += 1) {
          const p = fronts[y0 + k] as number;
          const q = fronts[y1 + k] as number;
          const u0 = scaled[t0 + k] as number;
          const u1 = scaled[t1 + k] as number;
          const u2 = scaled[t2 + k] as number;
          const u3 = scaled[t3 + k] as number;
          a0 -= p * u0;
          a1 -= p * u1;
          a2 -= p * u2;
          a3 -= p * u3;
          c0 -= q * u0;
          c1 -= q * u1;
          c2 -= q * u2;
          c3 -= q * u3;
        }
        fronts[row + s] = a0;
        fronts[row + s1] = a1;
        fronts[row + s2] = a2;
        fronts[row + s3] = a3;
        fronts[rowNext + s] = c0;
        fronts[rowNext + s1] = c1;
        fronts[rowNext + s2] = c2;
        fronts[rowNext + s3] = c3;
      }
    }
  };

  const begin = (s: number): void => {
    const at = offset[s] as number;
    const n = order[s] as number;
    fronts.fill(0, at, at + n * n);
    begun[s] = 1;
  };

  const factor = (): number => {
    begun.fill(0);
    for (let s = 0; s < count; s += 1) {
      if (begun[s] === 0) begin(s);
      const at = offset[s] as number;
      const n = order[s] as number;
      const column = supernodeStart[s] as number;
      const width = (supernodeStart[s + 1] as number) - column;
      for (let c = 0; c < width; c += 1) {
        const from = (columnStart[column + c] as number) - c - 1;
        const diagonal = at + c * n + c;
        fronts[diagonal] = (fronts[diagonal] as number) + (values[nonzeros + column + c] as number);
        for (let r = c + 1; r < n; r += 1) {
          const to = at + r * n + c;
          fronts[to] = (fronts[to] as number) + (values[from + r] as number);
        }
      }
      for (let b0 = 0; b0 < width; b0 += panelWidth) {
        const b1 = Math.min(b0 + panelWidth, width);
        const failed = eliminate(at, n, b0, b1, column);
        if (failed >= 0) return failed;
        extend(at, n, b0, b1, column);
        update(at, n, b0, b1);
      }
      const parent = above[s] as number;
      if (parent < 0) continue;
      if (begun[parent] === 0) begin(parent);
      const parentAt = offset[parent] as number;
      const parentOrder = order[parent] as number;
      const map = (relativeStart[s] as number) - width;
      for (let r = width; r < n; r += 1) {
        const to = parentAt + (relative[map + r] as number) * parentOrder;
        const from = at + r * n;
        for (let c = width; c <= r; c += 1) {
          const slot = to + (relative[map + c] as number);
          fronts[slot] = (fronts[slot] as number) + (fronts[from + c] as number);
        }
      }
    }
    return -1;
  };

  const held = [order, above, relativeStart, relative, offset, fronts, scaled, begun];
  return { factor, bytes: held.reduce((sum, array) => sum + array.byteLength, 0) };
}
