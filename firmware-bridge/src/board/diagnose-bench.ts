import { bench16Build, bench16Netlist, type Build } from "@ohmwork/bench-16";
import { type Network, parseNetwork } from "@ohmwork/circuit";
import { BadInputError } from "@ohmwork/core";
import type { BoardLink } from "../link/board-link.ts";
import type { BenchFault } from "./bench-fault.ts";
import type { BenchParts } from "./bench-model.ts";
import { wiringOf } from "./board-wiring.ts";
import { describeFault } from "./describe-fault.ts";
import { findFaults } from "./find-faults.ts";
import { measureBench, type MeasureOptions } from "./measure-bench.ts";

/** A fault, and where to look for it: chips, pins and rows of the breadboard. */
export type BenchFinding = { readonly fault: BenchFault; readonly text: string };

export type DiagnoseOptions = MeasureOptions & {
  /** @default bench-16 */
  readonly build?: Build;
  readonly network?: Network;
};

/**
 * Tests a bench through its board and says what is wrong with it; nothing wrong is no finding. Wipers stand where they stood
 * afterwards, if all could be read; the board has forgotten its network.
 *
 * @throws BoardRefusedError, BoardResetError or BoardUnreachableError when the board itself does not play along
 */
export async function diagnoseBench(link: BoardLink, options: DiagnoseOptions = {}): Promise<BenchFinding[]> {
  const { build = bench16Build, network = parseNetwork(bench16Netlist, "netlist.json") } = options;
  const parts = benchParts(build, network);
  const measured = await measureBench(link, parts, wiringOf(build, network), options);
  return findFaults(parts, measured).map((fault) => ({ fault, text: describeFault(build, fault) }));
}

/** What the data sheets of a build say of its circuit. */
export function benchParts(build: Build, network: Network): BenchParts {
  const fact = (part: string, name: string): number => {
    const value = build.parts.find(({ id }) => id === part)?.facts[name];
    if (value === undefined) throw new BadInputError(`Part ${part} of the build has no ${name}`);
    return value;
  };
  const partOf = (ref: string | undefined): string => build.components.find((one) => one.ref === ref)?.part ?? "";
  const pots = build.chipSelects.map(({ component }) => component);
  const pot = partOf(pots[0]);
  return {
    network,
    potOhms: fact(pot, "endToEndOhms"),
    wiperOhms: fact(pot, "wiperOhms"),
    switchOhms: fact(partOf(build.clamps[0]?.switch), "onOhms"),
    supplyVolts: build.supplyVolts,
    pots,
  };
}
