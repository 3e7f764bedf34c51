import { hex } from "../link/hex.ts";
import type { BoardWiring, DacChannel } from "./board-wiring.ts";
import type { BoardRule } from "./reference-step.ts";

/** Wipers or edges that one line carries. */
export const PER_LINE = 16;

/** Commands that tell a board its network, in the order in which it must hear them. */
export function networkCommands(wiring: BoardWiring, edges: Uint8Array): string[] {
  const { nodes, sources, outputs } = wiring;
  const read = nodes.map((node) => (node === "ground" ? "E" : node === "supply" ? "F" : hex(node)));
  const commands = [
    ["NODES", hex(nodes.length, 2), ...read],
    ["SOURCES", hex(sources.length, 2), ...sources.flatMap(drivenBy)],
    ["OUTPUT", hex(outputs.length, 2), ...outputs.flatMap((output) => [...drivenBy(output), hex(output.switchPin, 2)])],
  ];
  const pairs = Array.from(
    { length: edges.length / 2 },
    (_, e) => hex(edges[2 * e] as number, 2) + hex(edges[2 * e + 1] as number, 2),
  );
  for (let first = 0; first < pairs.length; first += PER_LINE) {
    commands.push(["EDGES", hex(first, 2), ...pairs.slice(first, first + PER_LINE)]);
  }
  return commands.map((fields) => fields.join(" "));
}

/** PROGRAM lines for all wipers. */
export function programCommands(wipers: Uint16Array): string[] {
  const commands: string[] = [];
  for (let first = 0; first < wipers.length; first += PER_LINE) {
    commands.push(`PROGRAM ${hex(first, 2)} ${codes(wipers.subarray(first, first + PER_LINE))}`);
  }
  return commands;
}

export function ruleCommand(rule: BoardRule): string {
  const { low, high, full } = rule.overclamp ?? { low: 0, high: 0, full: 0 };
  const kind = rule.kind === "sign" ? "S" : "P";
  const contrast = rule.contrast === "symmetric" ? "S" : "F";
  const widths = [hex(rule.eta, 2), hex(rule.gain, 4), hex(rule.tolerance, 3), hex(low, 3), hex(high, 3), hex(full, 3)];
  return `RULE ${kind} ${contrast} ${widths.join(" ")} ${rule.averages}`;
}

/** Codes of three digits; a negative one stands for none. */
export function codes(values: ArrayLike<number>): string {
  return Array.from(values, (code) => (code < 0 ? "---" : hex(code, 3))).join(" ");
}

/** @throws RangeError when a number does not fit its field */
export function checkRule(rule: BoardRule): void {
  const within = (name: string, value: number, low: number, high: number): void => {
    if (Number.isInteger(value) && value >= low && value <= high) return;
    throw new RangeError(`Rule ${name} must be a whole number ${low} to ${high}: ${value}`);
  };
  within("eta", rule.eta, 1, 255);
  within("gain", rule.gain, 0, 0xffff);
  within("tolerance", rule.tolerance, 0, 0xfff);
  if (rule.overclamp === undefined) return;
  within("overclamp.low", rule.overclamp.low, 0, 0xfff);
  within("overclamp.high", rule.overclamp.high, 0, 0xfff);
  within("overclamp.full", rule.overclamp.full, 1, 0xfff);
}

function drivenBy({ node, chip, channel }: DacChannel): string[] {
  return [hex(node, 2), `${chip}${"ABCD"[channel] ?? "?"}`];
}
