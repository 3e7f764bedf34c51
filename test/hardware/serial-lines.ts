import { bench16Build, bench16Netlist, lowestSafePosition, type Netlist } from "@ohmwork/bench-16";
import { cases } from "./bring-up-voltages.ts";
import { fact } from "./load.ts";

const netlist = JSON.parse(bench16Netlist) as Netlist;
const { converter, sources, clamps, i2c } = bench16Build;

/** A line for a serial monitor, and the source that it puts at the supply, if it is about that. */
export type SerialLine = { readonly text: string; readonly command: string; readonly high?: string | undefined };

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
const node = (name: string): string => hex(netlist.nodes.indexOf(name), 2);
const dacChip = (ref: string): number => i2c.findIndex(({ component }) => component === ref) + 1;

/** CRC-16/CCITT-FALSE. */
function crc16(text: string): number {
  let crc = 0xffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff;
  }
  return crc;
}

/** How the board reads a node: a converter channel, or a rail. */
function readBy(name: string): string {
  if (netlist.roles.grounds.includes(name)) return "E";
  return netlist.roles.rails.includes(name) ? "F" : hex(converter.channels.indexOf(name), 1);
}

/** Silence of the host after which the firmware makes itself safe [ms], unless it is told otherwise. */
const QUIET_MILLISECONDS = 1000;

/** Code that a source is given to stand at the supply, less one code. */
const full = 2 ** fact("mcp4728", "bits") - 1;

const setUp: readonly string[] = [
  "QUIET 0000",
  `NODES ${hex(netlist.nodes.length, 2)} ${netlist.nodes.map(readBy).join(" ")}`,
  `SOURCES ${hex(sources.length, 2)} ${sources.map((source) => `${node(source.node)} ${dacChip(source.dac)}${source.channel}`).join(" ")}`,
  `OUTPUT ${hex(clamps.length, 2)} ${clamps.map((clamp) => `${node(clamp.node)} ${dacChip(clamp.dac)}${clamp.channel} ${hex(Number(clamp.closedBy.slice(1)), 2)}`).join(" ")}`,
  `EDGES 00 ${netlist.edges.map(({ from, to }) => node(from) + node(to)).join(" ")}`,
  `WINDOW ${hex(lowestSafePosition(bench16Build), 3)} 100`,
  "READ 00",
];

/**
 * What a person pastes, line by line: tells the board its network and to wait for slow fingers, reads the wipers back, drives each
 * source in turn, and ends as safe as it began.
 */
export const serialLines: readonly SerialLine[] = [
  ...setUp.map((command) => ({ command })),
  ...cases.map((high) => ({
    command: `RESPOND ${sources.map((source) => hex(source.node === high ? full : 0, 3)).join(" ")}`,
    high,
  })),
  { command: "SAFE" },
  { command: `QUIET ${hex(QUIET_MILLISECONDS, 4)}` },
].map((line, i) => {
  const body = `${hex(i, 2)} ${line.command}`;
  return { ...line, text: `${body} ${hex(crc16(body), 4)}` };
});

/** Code of the converter for a voltage. */
export function codeOf(volts: number): number {
  const codes = 2 ** fact("mcp3208", "bits");
  return Math.min(codes - 1, Math.round((volts / bench16Build.supplyVolts) * codes));
}
