import { bench16Build, bench16Netlist, type Build } from "@ohmwork/bench-16";
import { type Network, parseNetwork } from "@ohmwork/circuit";
import type { BoardLink } from "../link/board-link.ts";
import { parseHex } from "../link/hex.ts";
import { networkCommands } from "./board-commands.ts";
import { wiringOf } from "./board-wiring.ts";

/** By how much a node reads above what its DAC was told, in converter steps: positive and negative. */
export type ChannelOffset = { readonly node: string; readonly codes: number };

export type CalibrateOptions = {
  /** @default bench-16 */
  readonly build?: Build;
  readonly network?: Network;
  readonly signal?: AbortSignal;
};

/**
 * Has a board measure the offsets of its sources and clamps, and keep them in its EEPROM. Tells it the network anew.
 *
 * @throws BoardRefusedError when a chip does not answer, or reads further off than any offset
 */
export async function calibrateBoard(link: BoardLink, options: CalibrateOptions = {}): Promise<ChannelOffset[]> {
  const { build = bench16Build, network = parseNetwork(bench16Netlist, "netlist.json"), signal } = options;
  const { circuit, roles } = network;
  const how = signal === undefined ? {} : { signal };
  const edges = Uint8Array.from(circuit.edges.flatMap(({ from, to }) => [from, to]));
  for (const command of networkCommands(wiringOf(build, network), edges)) await link.request(command, how);
  const fields = await link.request("CALIBRATE M", { ...how, seconds: 2 });
  return [...roles.sources, ...roles.outputs].map((node, k) => {
    const byte = parseHex(fields[k] ?? "") ?? 0;
    return { node, codes: byte < 0x80 ? byte : byte - 0x100 };
  });
}
