import build from "./build.json" with { type: "json" };

/**
 * What a pin is to the circuit: `supply` and `ground` feed its chip, `supply-output` feeds the others, `output` always drives,
 * `tristate` and `open-drain` share a net, `passive` is a terminal of a resistor, capacitor or switch, `spare` is not used here.
 */
export type PinKind =
  | "supply"
  | "ground"
  | "supply-output"
  | "input"
  | "output"
  | "tristate"
  | "open-drain"
  | "passive"
  | "spare";

/** A pin of a part: its number on the package (or the print on a board) and its name in the data sheet. */
export type Pin = { readonly number: string; readonly name: string; readonly kind: PinKind };

/** What can be bought: exact number, price of one in euro (a rough figure before shipping), pins, figures of its data sheet by name and unit. */
export type Part = {
  readonly id: string;
  readonly name: string;
  readonly kind: "board" | "chip" | "resistor" | "capacitor" | "accessory" | "tool";
  readonly manufacturer: string;
  readonly partNumber: string;
  readonly package: string;
  readonly dataSheet: string;
  readonly priceEuro: number;
  readonly pins: readonly Pin[];
  readonly facts: Readonly<Record<string, number>>;
};

/** One part in its place, by its reference (`U3`). */
export type Component = { readonly ref: string; readonly part: string; readonly purpose: string };

/** All pins that one wire joins, as `ref.name`; the net of a node of the network has the name of that node. */
export type Net = {
  readonly name: string;
  readonly role: "supply" | "ground" | "node" | "signal";
  readonly pins: readonly string[];
};

/** A channel of a digital-to-analog converter that drives a node. */
export type Source = { readonly node: string; readonly dac: string; readonly channel: string };

/** A source that reaches its node through a switch, which the named pin of the board closes when it is high. */
export type Clamp = Source & { readonly switch: string; readonly switchNumber: number; readonly closedBy: string };

/** The whole of bench-16: what to buy, what joins what, and what each part is to the network. */
export type Build = {
  readonly description: string;
  readonly supplyVolts: number;
  readonly parts: readonly Part[];
  readonly components: readonly Component[];
  /** Chips and the board on their breadboards, from column 1 on. */
  readonly placement: readonly { readonly breadboard: string; readonly holds: readonly string[] }[];
  readonly nets: readonly Net[];
  /** Pins that stay unconnected on purpose. */
  readonly open: readonly string[];
  /** In the order of the edges of the netlist. */
  readonly edges: readonly { readonly edge: string; readonly pot: string; readonly wiper: number }[];
  readonly sources: readonly Source[];
  readonly clamps: readonly Clamp[];
  /** Node of each channel of the analog-to-digital converter, from channel 0. */
  readonly converter: { readonly component: string; readonly channels: readonly string[] };
  /** Output 0 is the first of the register (QA). */
  readonly chipSelects: readonly { readonly component: string; readonly register: string; readonly output: number }[];
  /** 7-bit addresses: 96 is 0x60. */
  readonly i2c: readonly { readonly component: string; readonly address: number }[];
};

/** The parts, pins and wires of bench-16. */
export const bench16Build: Build = build as Build;
