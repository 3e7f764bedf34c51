/** What a channel gave for a tone: its envelope over the level of the tone, both as RMS or both as peak. */
export type ToneResponse = { readonly hertz: number; readonly response: number };

/** Centre [Hz], quality factor, and response at the centre. */
export type FittedChannel = { readonly hertz: number; readonly quality: number; readonly gain: number };

/**
 * The band-pass that answers tones as a channel did. With r = f / f₀ its response v is 1/v² = (1 + Q² (r − 1/r)²) / g², which is linear
 * in 1, f² and 1/f²: three numbers by least squares, each tone weighed by v⁴ so that loud ones count and not faint ones.
 *
 * @throws RangeError when there are fewer than three tones, a value is not positive, or they are no resonance
 */
export function fitChannel(tones: readonly ToneResponse[]): FittedChannel {
  if (tones.length < 3) throw new RangeError(`A channel is fitted to three tones or more: ${tones.length} given`);
  // About the tones' own middle, or the columns would differ by 12 orders of magnitude.
  const scale = Math.exp(tones.reduce((sum, { hertz }) => sum + Math.log(hertz), 0) / tones.length);
  const matrix = [0, 1, 2].map(() => [0, 0, 0, 0]);
  for (const { hertz, response } of tones) {
    if (!(hertz > 0 && response > 0 && Number.isFinite(scale * response)))
      throw new RangeError(`Tone and response must be positive: ${hertz} Hz gave ${response}`);
    const square = (hertz / scale) ** 2;
    const row = [1, square, 1 / square];
    for (const [i, line] of matrix.entries()) {
      for (const [j, value] of [...row, 1 / response ** 2].entries())
        line[j] = (line[j] as number) + response ** 4 * (row[i] as number) * value;
    }
  }
  const [constant, rising, falling] = solve(matrix);
  const cross = 2 * Math.sqrt(rising * falling);
  const hertz = scale * (falling / rising) ** 0.25;
  const gain = 1 / Math.sqrt(constant + cross);
  const quality = gain * Math.sqrt(cross / 2);
  if (!(rising > 0 && falling > 0 && Number.isFinite(hertz + quality + gain)))
    throw new RangeError(`Responses to ${tones.length} tones are no resonance`);
  return { hertz, quality, gain };
}

/** Three equations in rows of four, by elimination with the largest pivot. */
function solve(matrix: number[][]): [number, number, number] {
  const at = (row: number, column: number): number => matrix[row]?.[column] as number;
  for (let k = 0; k < 3; k += 1) {
    const pivot = [0, 1, 2]
      .filter((row) => row >= k)
      .reduce((best, row) => (Math.abs(at(row, k)) > Math.abs(at(best, k)) ? row : best), k);
    [matrix[k], matrix[pivot]] = [matrix[pivot] as number[], matrix[k] as number[]];
    for (let row = 0; row < 3; row += 1) {
      if (row === k) continue;
      const factor = at(row, k) / at(k, k);
      matrix[row] = (matrix[row] as number[]).map((value, column) => value - factor * at(k, column));
    }
  }
  return [0, 1, 2].map((k) => at(k, 3) / at(k, k)) as [number, number, number];
}
