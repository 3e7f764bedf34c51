import parts from "./parts.json" with { type: "json" };
import { channelCircuit } from "./channel-circuit.ts";
import { sharedCircuit } from "./shared-circuit.ts";

/** What a pin is to the circuit, in the words of `hardware/bench-16`. */
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

/** What can be bought: number, price of one in euro (an estimate), pins, and figures by name and unit. */
export type Part = {
  readonly id: string;
  readonly name: string;
  readonly kind: "board" | "chip" | "resistor" | "capacitor" | "diode" | "accessory" | "tool";
  readonly manufacturer: string;
  readonly partNumber: string;
  readonly package: string;
  readonly dataSheet: string;
  readonly priceEuro: number;
  readonly pins: readonly Pin[];
  readonly facts: Readonly<Record<string, number>>;
};

/** One part in its place, by its reference; those of channel 3 are numbered from 301. */
export type Component = { readonly ref: string; readonly part: string; readonly purpose: string };

/** All pins that one wire joins, as `ref.name`. */
export type Net = {
  readonly name: string;
  readonly role: "supply" | "ground" | "node" | "signal";
  readonly pins: readonly string[];
};

/** A piece of the circuit: its components, and for each of their pins the net that it is on. */
export type Circuit = { readonly components: readonly Component[]; readonly joins: Readonly<Record<string, string>> };

/** One channel: what its resistors make of it. */
export type Channel = {
  /** Where it stands before training [Hz], and its quality factor. */
  readonly startHertz: number;
  readonly startQuality: number;
  /** Resistor of each integrator [Ω]: with 1 nF it sets the frequency at the end of the potentiometer. */
  readonly integratorOhms: number;
  /** Feedback resistor of the amplifier [Ω]: with 1 kΩ it sets the gain at the end of the potentiometer. */
  readonly gainOhms: number;
};

/** The whole of ear-12: what to buy and what joins what. */
export type EarBuild = {
  readonly supplyVolts: number;
  readonly parts: readonly Part[];
  readonly components: readonly Component[];
  readonly nets: readonly Net[];
  /** Pins that stay unconnected on purpose. */
  readonly open: readonly string[];
  readonly channels: readonly Channel[];
  /** Edges of the mixing network in order: two to a chip. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly pot: string; readonly wiper: number }[];
};

/** Twelve channels as `docs/ear.md` has them, with resistors of the series E96. */
const channels: readonly Channel[] = [
  { startHertz: 250, startQuality: 2, integratorOhms: 158e3, gainOhms: 8.25e3 },
  { startHertz: 352, startQuality: 2.6, integratorOhms: 158e3, gainOhms: 5.36e3 },
  { startHertz: 476, startQuality: 2.9, integratorOhms: 158e3, gainOhms: 3.83e3 },
  { startHertz: 627, startQuality: 3.1, integratorOhms: 63.4e3, gainOhms: 4.75e3 },
  { startHertz: 810, startQuality: 3.3, integratorOhms: 63.4e3, gainOhms: 7.15e3 },
  { startHertz: 1032, startQuality: 3.5, integratorOhms: 63.4e3, gainOhms: 11e3 },
  { startHertz: 1301, startQuality: 3.6, integratorOhms: 31.6e3, gainOhms: 16.5e3 },
  { startHertz: 1628, startQuality: 3.8, integratorOhms: 31.6e3, gainOhms: 20.5e3 },
  { startHertz: 2025, startQuality: 3.8, integratorOhms: 31.6e3, gainOhms: 25.5e3 },
  { startHertz: 2506, startQuality: 3.9, integratorOhms: 31.6e3, gainOhms: 30.1e3 },
  { startHertz: 3091, startQuality: 4, integratorOhms: 31.6e3, gainOhms: 40.2e3 },
  { startHertz: 3800, startQuality: 4.5, integratorOhms: 31.6e3, gainOhms: 69.8e3 },
];

/** A resistor of 1 % of any value, as a part. */
function resistorPart(ohms: number): Part {
  const text = ohms >= 1e6 ? `${ohms / 1e6} MΩ` : `${ohms / 1e3} kΩ`;
  const number = ohms >= 1e6 ? `${ohms / 1e6}M`.replace(/^(\d+)M$/, "$1M") : `${ohms / 1e3}K`.replace(/^(\d+)\.(\d+)K$/, "$1K$2");
  const pins = ["1", "2"].map((name): Pin => ({ number: name, name, kind: "passive" }));
  const bought = { manufacturer: "Yageo", partNumber: `MFR-25FBF52-${number}`, package: "axial", dataSheet: "MFR series" };
  return {
    id: `resistor-${ohms}`,
    name: `Resistor ${text}, 1 %`,
    kind: "resistor",
    ...bought,
    priceEuro: 0.05,
    pins,
    facts: { ohms },
  };
}

function joinNets(circuits: readonly Circuit[]): Net[] {
  const pinsOf = Map.groupBy(
    circuits.flatMap(({ joins }) => Object.entries(joins)),
    ([, net]) => net,
  );
  const roleOf = (name: string): Net["role"] => {
    if (name === "supply" || name === "ground") return name;
    return /^(spi|select|control)-/.test(name) ? "signal" : "node";
  };
  return [...pinsOf].map(([name, pins]) => ({ name, role: roleOf(name), pins: pins.map(([pin]) => pin) }));
}

function createBuild(): EarBuild {
  const shared = sharedCircuit(channels.length);
  const circuits = [shared.circuit, ...channels.map((channel, k) => channelCircuit(channel, k + 1))];
  const components = circuits.flatMap((circuit) => circuit.components);
  const values = new Set(components.map(({ part }) => part).filter((part) => part.startsWith("resistor-")));
  const resistors = [...values].map((id) => Number(id.slice("resistor-".length))).toSorted((a, b) => a - b);
  return {
    supplyVolts: 5,
    parts: [...(parts as unknown as readonly Part[]), ...resistors.map(resistorPart)],
    components,
    nets: joinNets(circuits),
    open: shared.open,
    channels,
    edges: shared.edges,
  };
}

/** The parts, pins and wires of ear-12. */
export const ear12Build: EarBuild = createBuild();
