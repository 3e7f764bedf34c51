import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBoundedMemory } from "./bounded-memory.ts";

const memory = (most: number, mostBytes: number) =>
  createBoundedMemory<string>({ most, mostBytes, bytesOf: ({ length }) => length });

describe("createBoundedMemory()", () => {
  it("lets go of what was not used for longest", () => {
    const two = memory(2, 100);
    two.set("a", "1");
    two.set("b", "2");
    expect(two.get("a")).toBe("1");
    two.set("c", "3");
    expect([two.get("a"), two.get("b"), two.get("c")]).toEqual(["1", undefined, "3"]);
  });
  it("keeps one that is too long alone", () => {
    const short = memory(10, 4);
    short.set("a", "123");
    short.set("b", "12345");
    expect([short.get("a"), short.get("b")]).toEqual([undefined, "12345"]);
  });
  it("holds the last one, and never more than its bounds", () => {
    const uses = fc.array(fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), size: fc.nat(9) }), { maxLength: 40 });
    fc.assert(
      fc.property(uses, (all) => {
        const bounded = memory(3, 12);
        for (const { key, size } of all) {
          bounded.set(key, "x".repeat(size));
          expect(bounded.get(key)?.length).toBe(size);
          const kept = ["a", "b", "c", "d", "e"].map((one) => bounded.get(one)).filter((one) => one !== undefined);
          expect(kept.length).toBeLessThanOrEqual(3);
          expect(kept.join("").length).toBeLessThanOrEqual(12);
        }
      }),
    );
  });
});
