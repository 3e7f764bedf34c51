import type { RecorderTiming } from "./recorder-timing.ts";

/** Tells from the clock how many samples a second come. */
export type RateCheck = {
  readonly count: (samples: number, now: number) => void;
  /** Samples counted in all. */
  readonly total: () => number;
  /** The wrong rate and how many samples came at it, once two spans in a row were off to the same side. */
  readonly wrong: (now: number) => { readonly rate: number; readonly suspect: number } | undefined;
};

/**
 * A reader that was kept waiting counts too few in one span and the rest in the next: only a rate that stays off is wrong.
 *
 * @param expected samples a second
 */
export function createRateCheck(
  expected: number,
  { rateSeconds, rateTolerance }: Pick<RecorderTiming, "rateSeconds" | "rateTolerance">,
): RateCheck {
  let all = 0;
  let start: number | undefined;
  let inSpan = 0;
  let before: { readonly side: number; readonly samples: number } | undefined;
  return {
    count: (samples, now) => {
      all += samples;
      // What comes first was recorded before it came.
      if (start === undefined) start = now;
      else inSpan += samples;
    },
    total: () => all,
    wrong: (now) => {
      if (start === undefined || now - start < rateSeconds) return undefined;
      const rate = inSpan / (now - start);
      const side = Math.abs(rate / expected - 1) <= rateTolerance ? 0 : Math.sign(rate - expected);
      const samples = inSpan;
      [start, inSpan] = [now, 0];
      if (side === 0) before = undefined;
      else if (before?.side === side) return { rate, suspect: Math.min(all, before.samples + samples) };
      else before = { side, samples };
      return undefined;
    },
  };
}
