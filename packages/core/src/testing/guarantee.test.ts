import { afterEach, describe, expect, it, vi } from "vitest";
import { recordGuarantee, testSeed } from "./guarantee.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("recordGuarantee()", () => {
  it("keeps every result with the test that found it", () => {
    const context = { task: { meta: {} } };
    recordGuarantee(context, { guarantee: "P1", fault: "kills", count: 20, seed: 3 });
    recordGuarantee(context, { guarantee: "P1", fault: "kills", count: 2, unguarded: true });
    expect(context.task.meta).toEqual({
      guarantees: [
        { guarantee: "P1", fault: "kills", count: 20, seed: 3 },
        { guarantee: "P1", fault: "kills", count: 2, unguarded: true },
      ],
    });
  });
});

describe("testSeed()", () => {
  it("is the test's own unless OHMWORK_SEED holds another", () => {
    vi.stubEnv("OHMWORK_SEED", "");
    expect(testSeed(7)).toBe(7);
    vi.stubEnv("OHMWORK_SEED", "12");
    expect(testSeed(7)).toBe(12);
  });

  it.each(["x", "-1", "1.5"])("refuses %s", (given) => {
    vi.stubEnv("OHMWORK_SEED", given);
    expect(() => testSeed(7)).toThrow(RangeError);
  });
});
