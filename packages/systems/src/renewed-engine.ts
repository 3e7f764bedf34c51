import type { SpiceEngine } from "./spice-system.ts";

/**
 * One engine after another: ngspice keeps something of every deck it has run, and in WebAssembly each run takes longer than the
 * one before, twice as long after some two thousand. A new one is started after as many runs as are given.
 */
export function createRenewedEngine(start: () => Promise<SpiceEngine>, runs = 1000): SpiceEngine {
  let engine: Promise<SpiceEngine> | undefined;
  let left = 0;
  return {
    run: async (netlist) => {
      if (engine === undefined || left === 0) {
        const started = start();
        started.catch(() => (engine = undefined)); // the next run tries again
        engine = started;
        left = runs;
      }
      left -= 1;
      return (await engine).run(netlist);
    },
  };
}
