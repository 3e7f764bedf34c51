import { Simulation } from "eecircuit-engine";
import { BadInputError } from "@ohmwork/core";

/** Columns of a SPICE result by name in lower case: `v(node)`, `i(vsource)`, `time`. */
export type SpiceResult = ReadonlyMap<string, readonly number[]>;

/** ngspice in WebAssembly (eecircuit-engine): the judge of this package's solvers, which shares no code with them. */
export interface Ngspice {
  /**
   * Runs a netlist.
   *
   * @throws BadInputError with what ngspice said when it found no answer
   */
  run(netlist: string): Promise<SpiceResult>;
}

/** Starts an ngspice; it lives as long as the process. */
export async function startNgspice(): Promise<Ngspice> {
  const simulation = new Simulation();
  await simulation.start();
  return {
    async run(netlist) {
      simulation.setNetList(netlist);
      const result = await simulation.runSim();
      const said = simulation.getError().join("; ");
      // It tells of each way it has tried; what failed before one completed does not count.
      const afterwards = said.split(/stepping completed/i).at(-1) as string;
      if (result.dataType !== "real" || result.numPoints === 0 || /no such|singular|failed|aborted/i.test(afterwards))
        throw new BadInputError(`ngspice found no answer: ${said || "no points"}`);
      return new Map(result.data.map(({ name, values }) => [name.toLowerCase(), values]));
    },
  };
}
