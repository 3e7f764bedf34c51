import { numbersOf, tensor, type Tensor } from "../tensor.ts";

export type Precision = {
  readonly type: "float64" | "float32";
  /** Step for values up to 1; beyond, it grows with them. */
  readonly step: number;
  /** Allowed error against the largest entry of a gradient, or against 1 where that is larger. */
  readonly tolerance: number;
};

/**
 * How some sums change with each entry of the named tensors, by the five-point formula
 * (8 (f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h, whose error goes as h⁴.
 *
 * @returns for each name one list per sum
 */
export async function centralDifferences(
  feeds: Readonly<Record<string, Tensor>>,
  names: readonly string[],
  { step }: Precision,
  sums: (feeds: Record<string, Tensor>) => Promise<readonly number[]>,
): Promise<ReadonlyMap<string, readonly number[][]>> {
  const slopes = new Map<string, number[][]>();
  for (const name of names) {
    const point = feeds[name] as Tensor;
    const values = numbersOf(point);
    const lists: number[][] = [];
    for (const [index, value] of values.entries()) {
      const h = step * Math.max(1, Math.abs(value));
      const at = async (shift: number): Promise<readonly number[]> =>
        sums({ ...feeds, [name]: tensor(point.type, point.shape, values.with(index, value + shift)) });
      const [far, near] = [[await at(2 * h), await at(-2 * h)] as const, [await at(h), await at(-h)] as const];
      for (const [sum, above] of near[0].entries()) {
        const close = above - (near[1][sum] as number);
        const wide = (far[0][sum] as number) - (far[1][sum] as number);
        (lists[sum] ??= [])[index] = (8 * close - wide) / (12 * h);
      }
    }
    slopes.set(name, lists);
  }
  return slopes;
}
