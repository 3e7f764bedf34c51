/** Time of one call, and how often it was called. */
export type Measurement = { readonly seconds: number; readonly calls: number };

/** Batches of calls whose times are compared; the median is reported, so that one pause of the machine does not count. */
const batches = 7;

/**
 * Median time of one call over several batches, after a warm-up of one batch.
 *
 * @param budgetSeconds wall time to spend in all
 */
export function measure(call: () => void, budgetSeconds: number): Measurement {
  const share = budgetSeconds / (batches + 1);
  let size = 1;
  for (let spent = 0; spent < share; size *= 2) {
    const start = performance.now();
    for (let i = 0; i < size; i += 1) call();
    spent = (performance.now() - start) / 1000;
    if (spent >= share / 2) break;
  }
  const times: number[] = [];
  for (let b = 0; b < batches; b += 1) {
    const start = performance.now();
    for (let i = 0; i < size; i += 1) call();
    times.push((performance.now() - start) / 1000 / size);
  }
  times.sort((a, b) => a - b);
  return { seconds: times[batches >> 1] as number, calls: size * batches };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Slope of the least-squares line through (log x, log y). */
export function growthExponent(points: readonly { readonly x: number; readonly y: number }[]): number {
  const xs = points.map(({ x }) => Math.log(x));
  const ys = points.map(({ y }) => Math.log(y));
  const x0 = mean(xs);
  const y0 = mean(ys);
  let above = 0;
  let below = 0;
  for (const [i, x] of xs.entries()) {
    above += (x - x0) * ((ys[i] as number) - y0);
    below += (x - x0) ** 2;
  }
  return above / below;
}
