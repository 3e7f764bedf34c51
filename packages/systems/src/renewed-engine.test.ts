import { AbortedError, Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { createRenewedEngine } from "./renewed-engine.ts";

describe("createRenewedEngine()", () => {
  it("runs every deck once, on a new engine after as many as are given", async () => {
    const ran: string[][] = [];
    const engine = createRenewedEngine(
      async () => {
        const own: string[] = [];
        ran.push(own);
        return {
          run: async (netlist) => {
            own.push(netlist);
            return new Map([["v(out)", [own.length]]]);
          },
        };
      },
      { runs: 3 },
    );
    for (let k = 0; k < 7; k += 1) expect((await engine.run(`deck ${k}`)).get("v(out)")).toEqual([(k % 3) + 1]);
    expect(ran.map((own) => own.length)).toEqual([3, 3, 1]);
    expect(ran.flat()).toEqual(Array.from({ length: 7 }, (_, k) => `deck ${k}`));
  });

  it("gives up a run that takes too long, tells its engine, and goes on with a new one", async () => {
    const clock = createFakeClock();
    const told: boolean[] = [];
    let starts = 0;
    const engine = createRenewedEngine(
      async () => {
        starts += 1;
        if (starts > 1) return { run: async () => new Map([["v(out)", [starts]]]) };
        return {
          run: (_, call) => new Promise(() => call?.signal?.addEventListener("abort", () => told.push(true))),
        };
      },
      { within: { clock, limit: Seconds(5) } },
    );
    const hanging = engine.run("", { name: "latch.cir" });
    const said = /^An answer to latch\.cir did not happen within 5 s$/;
    await Promise.all([expect(hanging).rejects.toThrow(said), clock.advance(Seconds(5))]);
    expect(told).toEqual([true]);
    expect((await engine.run("")).get("v(out)")).toEqual([2]);
    await expect(engine.run("", { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
  });

  it("starts anew where an engine did not start", async () => {
    let starts = 0;
    const engine = createRenewedEngine(async () => {
      starts += 1;
      if (starts === 1) throw new RangeError("no memory");
      return { run: async () => new Map() };
    });
    await expect(engine.run("")).rejects.toThrow("no memory");
    await expect(engine.run("")).resolves.toEqual(new Map());
  });
});
