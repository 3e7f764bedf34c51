import { bench16Build, bench16Netlist, type Build } from "@ohmwork/bench-16";
import { type Network, parseNetwork } from "@ohmwork/circuit";
import type { BoardLink } from "../link/board-link.ts";
import { parseHex } from "../link/hex.ts";
import { BoardRefusedError, BoardResetError } from "../link/link-errors.ts";
import { networkCommands, programCommands } from "./board-commands.ts";
import { wiringOf } from "./board-wiring.ts";
import { readWipers } from "./read-wipers.ts";

/** By how much the channels at a node are above what they should be, in converter steps. */
export type ChannelOffset = {
  readonly node: string;
  /** Of the converter that reads it. */
  readonly converterCodes: number;
  /** Of the DAC that drives or clamps it; undefined where none does. */
  readonly dacCodes: number | undefined;
};

export type CalibrateOptions = {
  /** @default bench-16 */
  readonly build?: Build;
  readonly network?: Network;
  readonly signal?: AbortSignal;
};

/** A quarter of a second on bench-16 with the settling time of the firmware; one that a host has set longer makes it longer. */
const MEASURING_SECONDS = 5;

/**
 * Has a board measure the offsets of its converter and of its DACs, and keep them in its EEPROM. Tells it the network anew.
 * Nodes that neither are read nor driven, such as ground, are left out.
 *
 * @throws BoardRefusedError when a chip does not answer, or reads further off than any offset
 * @throws BoardResetError when the board started anew meanwhile; its wipers have been put back
 */
export async function calibrateBoard(link: BoardLink, options: CalibrateOptions = {}): Promise<ChannelOffset[]> {
  const { build = bench16Build, network = parseNetwork(bench16Netlist, "netlist.json"), signal } = options;
  const { circuit, roles } = network;
  const how = signal === undefined ? {} : { signal };
  const edges = Uint8Array.from(circuit.edges.flatMap(({ from, to }) => [from, to]));
  const describe = networkCommands(wiringOf(build, network), edges);
  for (const command of describe) await link.request(command, how);
  const wipers = await readWipers(async (command) => link.request(command, how), circuit.edges.length);
  const driven = [...roles.sources, ...roles.outputs];
  const fields = await link.request("CALIBRATE M", { ...how, seconds: MEASURING_SECONDS }).catch(async (cause: unknown) => {
    // All wipers conduct well meanwhile, and the board has forgotten where they stood.
    if (cause instanceof BoardResetError)
      for (const command of [...describe, ...programCommands(wipers)]) await link.request(command, how);
    if (!(cause instanceof BoardRefusedError) || cause.details.refusal !== "OFFSET") throw cause;
    const at = parseHex(cause.details.detail) ?? 0;
    const what = at < driven.length ? `DAC at ${driven[at]}` : `converter at ${circuit.nodes[at - driven.length]}`;
    const message = `Board on ${link.name} finds the ${what} off by more than 127 codes, so a wire or a chip is wrong there or beside it`;
    throw new BoardRefusedError(message, cause.details, { cause });
  });
  const offsets = fields.map((field) => ((parseHex(field) ?? 0) << 24) >> 24);
  const rails = new Set([...roles.grounds, ...roles.rails]);
  return circuit.nodes.flatMap((node, k) => {
    const dac = driven.indexOf(node);
    return rails.has(node)
      ? []
      : [{ node, converterCodes: offsets[driven.length + k] ?? 0, dacCodes: dac < 0 ? undefined : (offsets[dac] ?? 0) }];
  });
}
