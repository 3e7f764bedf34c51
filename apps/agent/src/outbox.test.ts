import { decode } from "@ohmwork/wire";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryOutbox } from "./outbox.ts";

const row = {
  at: 0,
  clockSynchronised: false,
  task: "t",
  revision: 0,
  inputs: Float32Array.of(1),
  measured: { outputs: Float32Array.of(2) },
};

describe("createMemoryOutbox()", () => {
  it("numbers samples from 1 and names them by boot and number", () => {
    const outbox = createMemoryOutbox("b", 10);
    outbox.add(row);
    outbox.add(row);
    const second = outbox.after(1);
    expect(second?.seq).toBe(2);
    expect(decode("sample", second?.payload ?? new Uint8Array(0))).toMatchObject({
      ok: true,
      value: { boot: "b", seq: 2, id: "b-2" },
    });
    expect(outbox.after(2)).toBeUndefined();
  });
  it("ignores acknowledgements that are old, or of what was never produced", () => {
    const outbox = createMemoryOutbox("b", 10);
    for (let i = 0; i < 3; i += 1) outbox.add(row);
    expect(outbox.acknowledge(4)).toBe(false);
    expect(outbox.acknowledge(2)).toBe(true);
    expect(outbox.acknowledge(2)).toBe(false);
    expect(outbox.acknowledge(1)).toBe(false);
    expect(outbox.state()).toEqual({ depth: 1, oldest: 3, dropped: 0 });
  });
  it("holds exactly what was added and not acknowledged, without a gap, however it is used", () => {
    const step = fc.oneof(fc.constant("add" as const), fc.nat(40));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 8 }), (steps, limit) => {
        const outbox = createMemoryOutbox("b", limit);
        let held: number[] = [];
        let produced = 0;
        let dropped = 0;
        for (const one of steps) {
          if (one !== "add") {
            outbox.acknowledge(one);
            if (one <= produced) held = held.filter((seq) => seq > one);
          } else if (outbox.add(row)) held.push((produced += 1));
          else dropped += 1;
          expect(outbox.state()).toEqual({ depth: held.length, oldest: held[0] ?? produced + 1, dropped });
          expect(held.length).toBeLessThanOrEqual(limit);
          const walked: number[] = [];
          for (let next = outbox.after(0); next !== undefined; next = outbox.after(next.seq)) walked.push(next.seq);
          expect(walked).toEqual(held);
        }
      }),
    );
  });
});
