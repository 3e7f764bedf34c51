import type { Build } from "@ohmwork/bench-16";
import type { BenchFault } from "./bench-fault.ts";

/** What is wrong and where to look, in one line: chips and pins as on the breadboard, nodes as rows of it. */
export function describeFault(build: Build, fault: BenchFault): string {
  const pin = (at: string): string => pinText(build, at);
  switch (fault.kind) {
    case "open-edge": {
      const [wiper, end] = terminals(build, fault.edge);
      return `Edge ${fault.edge} does not conduct: check the wires from ${pin(wiper)} to ${rowOf(build, wiper)} and from ${pin(end)} to ${rowOf(build, end)}`;
    }
    case "dead-pot": {
      const { pot, wiper } = placeOf(build, fault.edge);
      return `Edge ${fault.edge} always conducts as in the middle: wiper ${wiper} of ${pot} does not move; check that ${pin(`${pot}.SHDN`)} is on supply, else replace ${pot}`;
    }
    case "swapped-edges": {
      const [a, b] = [terminals(build, fault.edges[0]), terminals(build, fault.edges[1])];
      const wrong = a.flatMap((one, i) => {
        const other = b[i] as string;
        if (rowOf(build, one) === rowOf(build, other)) return [];
        return [`${pin(one)} belongs to ${rowOf(build, one)}, ${pin(other)} to ${rowOf(build, other)}`];
      });
      return `Edges ${fault.edges.join(" and ")} are swapped: ${wrong.join("; ")}`;
    }
    case "misplaced-wire": {
      const at = terminals(build, fault.edge)[fault.terminal === "W" ? 0 : 1];
      return `Edge ${fault.edge} ends at ${fault.node}: ${pin(at)} belongs to ${rowOf(build, at)}`;
    }
    case "swapped-chip-selects":
      return `Chip selects of ${fault.pots.join(" and ")} are swapped: ${fault.pots.map((pot) => selectText(build, pot)).join("; ")}`;
    case "missing-chip-select":
      return `${fault.pot} does not answer: check its chip select, ${selectText(build, fault.pot)}; then ${pin(`${fault.pot}.VDD`)} to supply, ${pin(`${fault.pot}.VSS`)} to ground and ${pin(`${fault.pot}.SDO`)} to miso`;
    case "shorted-node":
      return `Nodes ${fault.node} and ${fault.to} are joined: look for a wire or a bridge between ${rowsText(build, fault.node)} and ${rowsText(build, fault.to)}`;
    case "silent-dac": {
      const chip = dacOf(build, fault.chip);
      return `${chip} does not acknowledge: check SDA to A4 and SCL to A5, VCC and GND of ${chip}, and that its address is 0x${addressOf(build, chip).toString(16)}`;
    }
    case "undriven-source": {
      const source = build.sources.find(({ node }) => node === fault.node);
      return `Source ${fault.node} is not driven: check the wire from ${pin(`${source?.dac}.V${source?.channel}`)} to row ${fault.node}`;
    }
    case "swapped-sources":
      return `Sources ${fault.nodes.join(" and ")} are swapped: ${build.sources
        .filter(({ node }) => fault.nodes.includes(node))
        .map(({ node, dac, channel }) => `${pin(`${dac}.V${channel}`)} belongs to row ${node}`)
        .join(", ")}`;
    case "swapped-readings":
      return `Readings of ${fault.nodes.join(" and ")} are swapped: ${fault.nodes.map((node) => `${pin(channelOf(build, node))} belongs to row ${node}`).join(", ")}`;
    case "no-clamp": {
      const clamp = build.clamps.find(({ node }) => node === fault.node);
      const { dac, channel, switch: chip, switchNumber, closedBy } = clamp ?? {};
      return `The clamp does not hold ${fault.node}: check ${pin(`${dac}.V${channel}`)} to ${pin(`${chip}.${switchNumber}Y`)}, ${pin(`${chip}.${switchNumber}Z`)} to row ${fault.node}, ${pin(`${chip}.${switchNumber}E`)} to ${closedBy}`;
    }
    case "unexplained":
      return `Node ${fault.node} reads ${fault.volts.toFixed(2)} V off for no single reason: check ${rowsText(build, fault.node)}, and ${pin(channelOf(build, fault.node))}`;
    default:
      return fault satisfies never;
  }
}

function placeOf(build: Build, edge: string): { pot: string; wiper: number } {
  return build.edges.find((one) => one.edge === edge) ?? { pot: "?", wiper: 0 };
}

function terminals(build: Build, edge: string): [wiper: string, end: string] {
  const { pot, wiper } = placeOf(build, edge);
  return [`${pot}.P${wiper}W`, `${pot}.P${wiper}B`];
}

/** A pin as a person finds it: "U4 pin 9 (P0W)", or "U11 VA" where the print on the board is its name. */
function pinText(build: Build, at: string): string {
  const [ref = "", name = ""] = at.split(".");
  const part = build.components.find((component) => component.ref === ref)?.part;
  const number = build.parts.find(({ id }) => id === part)?.pins.find((pin) => pin.name === name)?.number;
  return number === undefined || !/^\d+$/.test(number) || part === "mcp4728"
    ? `${ref} ${name}`
    : `${ref} pin ${number} (${name})`;
}

function rowOf(build: Build, at: string): string {
  const net = build.nets.find(({ pins }) => pins.includes(at));
  return net?.role === "node" ? `row ${net.name}` : (net?.name ?? "nothing");
}

/** A node with the pins in its rows that edges do not bring there. */
function rowsText(build: Build, node: string): string {
  const net = build.nets.find(({ name }) => name === node);
  if (net?.role !== "node") return `the ${node} rail`;
  return `row ${node} (${net.pins.map((at) => pinText(build, at)).join(", ")})`;
}

function selectText(build: Build, pot: string): string {
  const net = build.nets.find(({ pins }) => pins.includes(`${pot}.CS`));
  const from = build.chipSelects.find(({ component }) => component === pot)?.register;
  const output = net?.pins.find((at) => at.startsWith(`${from}.`)) ?? "?";
  return `${pinText(build, `${pot}.CS`)} to ${pinText(build, output)}`;
}

function channelOf(build: Build, node: string): string {
  return `${build.converter.component}.CH${build.converter.channels.indexOf(node)}`;
}

function dacOf(build: Build, chip: number): string {
  return build.i2c.toSorted((a, b) => a.address - b.address)[chip - 1]?.component ?? `DAC ${chip}`;
}

function addressOf(build: Build, ref: string): number {
  return build.i2c.find(({ component }) => component === ref)?.address ?? 0;
}
