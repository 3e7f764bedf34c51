/**
 * How often each class was taken for each: [class, answer] in row-major order.
 *
 * @throws RangeError when the numbers of rows differ, or a class is not one of `classes`
 */
export function confusionMatrix(answers: Uint32Array, labels: Uint32Array, classes: number): Uint32Array {
  if (answers.length !== labels.length) {
    throw new RangeError(`Confusion needs one answer per row: ${answers.length} answers, ${labels.length} rows`);
  }
  const counts = new Uint32Array(classes * classes);
  for (const [row, label] of labels.entries()) {
    const answer = answers[row] as number;
    if (label >= classes || answer >= classes) {
      throw new RangeError(`Row ${row} has class ${label} and answer ${answer}: expected 0 to ${classes - 1}`);
    }
    const cell = label * classes + answer;
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

/** Standard deviations of a normal distribution that hold 95 %. */
const Z_95 = 1.959963984540054;

/**
 * Range of 95 % for the true share when `right` of `count` were right: E. B. Wilson, J. Am. Stat. Assoc. 22, 209–212 (1927).
 *
 * @throws RangeError when there are none, or more right than there are
 */
export function wilsonInterval(right: number, count: number): { readonly low: number; readonly high: number } {
  if (!(Number.isInteger(count) && count >= 1 && Number.isInteger(right) && right >= 0 && right <= count)) {
    throw new RangeError(`Wilson's interval needs 0 to ${count} right of 1 or more: ${right} of ${count} given`);
  }
  const share = right / count;
  const z2 = Z_95 ** 2;
  const middle = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (Z_95 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count ** 2));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
