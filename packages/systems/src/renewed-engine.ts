import { type Clock, type Seconds, withDeadline } from "@ohmwork/core";
import type { SpiceEngine } from "./spice-system.ts";

export type RenewedEngineOptions = {
  /** Runs of one engine. @default 1000 */
  readonly runs?: number;
  /** The longest that one run may take. @default as long as it takes */
  readonly within?: { readonly clock: Clock; readonly limit: Seconds };
};

/**
 * One engine after another: ngspice keeps something of every deck it has run, and in WebAssembly each run takes longer than the
 * one before, twice as long after some two thousand. A new one is started after as many runs as are given, and after a run that
 * was given up: what was given up may go on for ever. Its engine is told by the signal, so that it can end what it runs in.
 */
export function createRenewedEngine(
  start: () => Promise<SpiceEngine>,
  { runs = 1000, within }: RenewedEngineOptions = {},
): SpiceEngine {
  let engine: Promise<SpiceEngine> | undefined;
  let left = 0;
  return {
    run: async (netlist, call = {}) => {
      if (engine === undefined || left === 0) {
        engine = start();
        left = runs;
      }
      left -= 1;
      const own = engine;
      const giveUp = (): void => {
        if (engine === own) engine = undefined;
      };
      own.catch(giveUp); // the next run tries again
      const { name = "a netlist", signal } = call;
      if (within === undefined) return (await own).run(netlist, call);
      const work = async (stop: AbortSignal) => {
        stop.addEventListener("abort", giveUp, { once: true });
        return (await own).run(netlist, { ...call, signal: stop });
      };
      return withDeadline(work, { ...within, what: `An answer to ${name}`, ...(signal === undefined ? {} : { signal }) });
    },
  };
}
