import { describe, expect, it } from "vitest";
import { createDelays } from "./delays.ts";

describe("createDelays()", () => {
  it("gives the middle, the 99th percentile and the longest, whatever the order", () => {
    const delays = createDelays();
    expect(delays.summary()).toBeUndefined();
    for (let i = 1; i <= 1000; i += 1) delays.add((i * 7919) % 1000);
    expect(delays.summary()).toEqual({ count: 1000, medianSeconds: 500, p99Seconds: 990, longestSeconds: 999 });
    delays.clear();
    expect(delays.summary()).toBeUndefined();
  });

  it("keeps the newest when there are many", () => {
    const delays = createDelays();
    for (let i = 0; i < 100_000; i += 1) delays.add(9);
    for (let i = 0; i < 100_000; i += 1) delays.add(1);
    expect(delays.summary()).toEqual({ count: 200_000, medianSeconds: 1, p99Seconds: 1, longestSeconds: 1 });
  });
});
