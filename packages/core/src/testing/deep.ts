/** Read without Node's types or globals, so that the tests of a browser-safe package may run in a browser. */
const { process } = globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } };

/** Whether the long counts are run (`OHMWORK_DEEP=1`, which `npm run test:deep` sets). */
export const isDeep: boolean = process?.env["OHMWORK_DEEP"] === "1";

/**
 * How many cases a test runs: all of them in `npm run test:deep`, a tenth (rounded up) in the gate.
 *
 * @throws RangeError when the count is not a whole number ≥ 1
 */
export function scaled(count: number): number {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`Count must be a whole number of 1 or more: ${count}`);
  return isDeep ? count : Math.ceil(count / 10);
}

/** The part of a vitest test context that keeps what was measured. */
export type MeasuringContext = { readonly task: { readonly meta: object } };

/**
 * Keeps a figure that a test measured; `npm run test:deep` prints all of them at its end.
 *
 * @param name what was measured, with its unit in brackets: `worst voltage error against ngspice [V]`
 */
export function recordMeasured(context: MeasuringContext, name: string, value: number | string): void {
  const meta = context.task.meta as { measured?: Record<string, number | string> };
  meta.measured = { ...meta.measured, [name]: value };
}
