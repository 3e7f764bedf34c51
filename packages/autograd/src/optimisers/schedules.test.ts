import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { constantRate, cosine, oneCycle, type Schedule, stepped } from "./schedules.ts";

/** What PyTorch's schedules make of a step size of 1: pytorch/make_answers.py. */
const { rates } = JSON.parse(readFileSync(join(import.meta.dirname, "pytorch/answers.json"), "utf8")) as {
  rates: Record<string, number[]>;
};

const schedules: Readonly<Record<string, Schedule>> = {
  constant: constantRate(),
  stepped: stepped({ every: 6, factor: 0.3 }),
  cosine: cosine({ steps: 20, last: 0.05 }),
  "cosine after a rise": cosine({ steps: 20, warmUp: 5, last: 0.01 }),
  "one cycle": oneCycle({ steps: 21 }),
  "one cycle with its numbers": oneCycle({ steps: 21, rise: 0.45, first: 1 / 10, last: 1 / 200 }),
};

describe("schedules", () => {
  for (const [name, wanted] of Object.entries(rates)) {
    it(`${name} is PyTorch's`, () => {
      const found = wanted.map((_, step) => (schedules[name] as Schedule)(step));
      for (const [step, rate] of found.entries()) expect(rate, `step ${step}`).toBeCloseTo(wanted[step] as number, 11);
    });
  }

  it("are all compared", () => expect(Object.keys(rates)).toEqual(Object.keys(schedules)));

  it("stay finite where there are hardly any steps", () => {
    for (const steps of [1, 2, 3])
      for (const schedule of [cosine({ steps }), oneCycle({ steps }), cosine({ steps, warmUp: 5 })])
        for (let step = 0; step < 5; step += 1) {
          expect(schedule(step)).toBeGreaterThanOrEqual(0);
          expect(schedule(step)).toBeLessThanOrEqual(1);
        }
  });
});
