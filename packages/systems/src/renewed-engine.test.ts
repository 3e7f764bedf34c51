import { describe, expect, it } from "vitest";
import { createRenewedEngine } from "./renewed-engine.ts";

describe("createRenewedEngine()", () => {
  it("runs every deck once, on a new engine after as many as are given", async () => {
    const ran: string[][] = [];
    const engine = createRenewedEngine(async () => {
      const own: string[] = [];
      ran.push(own);
      return {
        run: async (netlist) => {
          own.push(netlist);
          return new Map([["v(out)", [own.length]]]);
        },
      };
    }, 3);
    for (let k = 0; k < 7; k += 1) expect((await engine.run(`deck ${k}`)).get("v(out)")).toEqual([(k % 3) + 1]);
    expect(ran.map((own) => own.length)).toEqual([3, 3, 1]);
    expect(ran.flat()).toEqual(Array.from({ length: 7 }, (_, k) => `deck ${k}`));
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
