import { type Batch, rowsOf } from "@ohmwork/core";

/**
 * Puts rows that are alike together, by Ward's method on standardised features (J. Am. Stat. Assoc. 58, 236, 1963): at every step the two
 * clusters whose union adds least to the sum of squares become one. Nothing is drawn: the same rows give the same clusters.
 *
 * @returns the cluster of each row, from 0, numbered by their first rows
 * @throws RangeError when there are fewer rows than clusters
 */
export function clusterVoices(features: Batch, clusters: number): Uint32Array {
  const { count, width } = rowsOf(features);
  if (!(Number.isInteger(clusters) && clusters >= 1 && clusters <= count))
    throw new RangeError(`Clusters must be 1 to ${count}, as many as rows: ${clusters}`);
  const points = standardised(features.data, count, width);
  let groups = Array.from({ length: count }, (_, row): Group => ({
    rows: [row],
    mean: points.slice(row * width, (row + 1) * width),
  }));
  while (groups.length > clusters) {
    let [least, first, second] = [Infinity, 0, 1];
    for (let a = 0; a < groups.length; a += 1) {
      for (let b = a + 1; b < groups.length; b += 1) {
        const cost = added(groups[a] as Group, groups[b] as Group);
        if (cost < least) [least, first, second] = [cost, a, b];
      }
    }
    const merged = union(groups[first] as Group, groups[second] as Group);
    groups = groups.map((group, i) => (i === first ? merged : group)).filter((_, i) => i !== second);
  }
  const labels = new Uint32Array(count);
  for (const [label, { rows }] of groups.entries()) for (const row of rows) labels[row] = label;
  return labels;
}

type Group = { readonly rows: readonly number[]; readonly mean: Float64Array };

/** What a union adds to the sum of squares. */
function added(a: Group, b: Group): number {
  let distance = 0;
  for (const [i, value] of a.mean.entries()) distance += (value - (b.mean[i] as number)) ** 2;
  return (distance * a.rows.length * b.rows.length) / (a.rows.length + b.rows.length);
}

function union(a: Group, b: Group): Group {
  const [m, n] = [a.rows.length, b.rows.length];
  return { rows: [...a.rows, ...b.rows], mean: a.mean.map((value, i) => (m * value + n * (b.mean[i] as number)) / (m + n)) };
}

function standardised(data: ArrayLike<number>, count: number, width: number): Float64Array {
  const points = Float64Array.from(data);
  for (let i = 0; i < width; i += 1) {
    let [mean, variance] = [0, 0];
    for (let row = 0; row < count; row += 1) mean += (points[row * width + i] as number) / count;
    for (let row = 0; row < count; row += 1) variance += ((points[row * width + i] as number) - mean) ** 2 / count;
    const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
    for (let row = 0; row < count; row += 1) points[row * width + i] = ((points[row * width + i] as number) - mean) * scale;
  }
  return points;
}
