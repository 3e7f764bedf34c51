import { basename } from "node:path";
import { type NetworkState, parseNetwork, solveNetwork, toSpice } from "@ohmwork/circuit";
import type { CommandDef } from "citty";
import { createOutput, VERSION, withPrefix } from "../output.ts";
import { readUserFile } from "../read-user-file.ts";
import { strictCommand } from "../strict-command.ts";
import { withFile } from "../with-file.ts";

const args = {
  network: { type: "positional", required: true, description: "A network as JSON; docs/network-format.md describes the format" },
  spice: { type: "boolean", description: "Print the SPICE netlist instead of solving" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const solve: CommandDef = strictCommand({
  name: "solve",
  description: "Node voltages, edge currents and power of a network",
  args,
  run: async ({ network: file, spice, json }) => {
    const network = parseNetwork(await readUserFile(file), file);
    const header = { schema: "ohmwork.solve/1", version: VERSION, task: "solve", system: basename(file), rule: null, seed: null };
    const output = createOutput(json === true);
    if (spice === true) {
      const fixedVolts = new Map(network.fixed.map((node, i) => [node, network.fixedVoltages[i] as number]));
      const netlist = toSpice(network.circuit, network.parameters, fixedVolts, { title: basename(file) });
      output.result({ ...header, netlist }, [netlist.trimEnd()]);
      return;
    }
    const state = withFile(file, () => solveNetwork(network));
    output.result({ ...header, ...state }, stateLines(state));
  },
});

function stateLines({ nodes, edges, powerWatts }: NetworkState): string[] {
  const table = (rows: readonly (readonly string[])[]): string[] => {
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    return rows.map(
      (row) =>
        `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}`,
    );
  };
  return [
    ...table([["node", "voltage"], ...Object.entries(nodes).map(([name, volts]) => [name, withPrefix(volts, "V")])]),
    "",
    ...table([
      ["edge", "drop", "current", "power"],
      ...Object.entries(edges).map(([name, edge]) => [
        name,
        withPrefix(edge.dropVolts, "V"),
        withPrefix(edge.currentAmperes, "A"),
        withPrefix(edge.powerWatts, "W"),
      ]),
    ]),
    "",
    `  power in all  ${withPrefix(powerWatts, "W")}`,
  ];
}
