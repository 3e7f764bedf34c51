import { describe, expect, it } from "vitest";
import { createRateCheck } from "./rate-check.ts";

const spans = { rateSeconds: 5, rateTolerance: 0.2 };

/** Verdict after so many seconds of samples at a rate, which come an eighth of a second at a time. */
function verdict(rate: number, seconds: number, lateAt = Infinity): { rate: number; suspect: number } | undefined {
  const check = createRateCheck(16_000, spans);
  let waiting = 0;
  for (let tick = 0; tick < 8 * seconds; tick += 1) {
    const now = tick / 8;
    waiting += rate / 8;
    const late = now >= lateAt && now < lateAt + 2;
    if (!late) {
      check.count(waiting, now);
      waiting = 0;
    }
    const wrong = check.wrong(now);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

describe("createRateCheck()", () => {
  it("tells each of the rates in use from 16 kHz, within twelve seconds, and what came at it", () => {
    for (const rate of [8000, 11_025, 22_050, 44_100, 48_000]) {
      const wrong = verdict(rate, 12);
      expect(wrong?.rate).toBeCloseTo(rate, 6);
      expect(wrong?.suspect).toBeGreaterThan(10 * rate - rate);
    }
  });

  it("takes 16 kHz for what it is, also 5 % off, also when the reader was kept waiting for two seconds", () => {
    for (const rate of [15_200, 16_000, 16_800]) expect(verdict(rate, 60)).toBeUndefined();
    for (let lateAt = 0; lateAt < 12; lateAt += 0.5) expect(verdict(16_000, 60, lateAt)).toBeUndefined();
  });
});
