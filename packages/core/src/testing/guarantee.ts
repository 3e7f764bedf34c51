import type { MeasuringContext } from "./deep.ts";

const { process } = globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } };

/** What one test found of one guarantee of the fleet: a row of `docs/guarantees.md`. */
export type GuaranteeResult = {
  /** Its name in the table of guarantees, `P1` to `P22`. */
  readonly guarantee: `P${number}`;
  /** What was done to break it. */
  readonly fault: string;
  /** How often. */
  readonly count: number;
  /** Of what the chance came, where there was any; `OHMWORK_SEED` takes its place. */
  readonly seed?: number;
  /** Figures that the test measured on the way, with their units in brackets. */
  readonly measured?: Readonly<Record<string, number | string>>;
  /** The guard was taken out, and the test saw that the guarantee broke. @default false */
  readonly unguarded?: boolean;
};

/** Keeps what a test found of a guarantee, once it has found that it holds. */
export function recordGuarantee(context: MeasuringContext, result: GuaranteeResult): void {
  const meta = context.task.meta as { guarantees?: readonly GuaranteeResult[] };
  meta.guarantees = [...(meta.guarantees ?? []), result];
}

/**
 * The seed of a test: its own one, or the one that `OHMWORK_SEED` holds, to see a run again or to see another one.
 *
 * @throws RangeError when `OHMWORK_SEED` is not a whole number ≥ 0
 */
export function testSeed(own: number): number {
  const given = process?.env["OHMWORK_SEED"];
  if (given === undefined || given === "") return own;
  const seed = Number(given);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`OHMWORK_SEED must be a whole number of 0 or more: ${given}`);
  return seed;
}
