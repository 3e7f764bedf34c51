const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/**
 * Positive values as lines of block characters, oldest left, on a logarithmic scale with labels of its ends.
 * More values than columns are averaged; values of 0 or less stand at the bottom.
 *
 * @param size.width columns of the plot itself
 * @param size.height lines
 */
export function plotLines(values: readonly number[], size: { width: number; height: number }): string[] {
  const { width, height } = size;
  const columns = averageInto(values, width);
  const positive = columns.filter((value) => value > 0);
  if (positive.length === 0) return [];
  const top = Math.log10(Math.max(...positive));
  const bottom = Math.min(Math.log10(Math.min(...positive)), top - 1); // at least a decade, or noise fills the picture
  const labelOf = (exponent: number): string => (10 ** exponent).toPrecision(2).padStart(8);
  return Array.from({ length: height }, (_, line) => {
    const floor = (height - 1 - line) * 8;
    const label = line === 0 ? labelOf(top) : line === height - 1 ? labelOf(bottom) : " ".repeat(8);
    const bars = columns.map((value) => {
      const share = value > 0 ? (Math.log10(value) - bottom) / (top - bottom) : 0;
      const eighths = Math.max(1, Math.round(share * height * 8));
      return EIGHTHS[Math.min(8, Math.max(0, eighths - floor))] ?? " ";
    });
    return `${label} ┤${bars.join("")}`;
  });
}

function averageInto(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, column) => {
    const start = Math.floor((column * values.length) / width);
    const part = values.slice(start, Math.max(start + 1, Math.floor(((column + 1) * values.length) / width)));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
