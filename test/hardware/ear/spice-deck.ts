import { type Component, ear12Build, type Part } from "@ohmwork/ear-12";
import { ear12Start, type Positions } from "./positions.ts";

/** What is done to the front end: sound at `in` about `mid` [V], and when the integrators run. */
export type DeckOptions = {
  readonly title: string;
  /** Channels, from 1. */
  readonly channels: readonly number[];
  /** Of every channel of the build. @default where they stand before training */
  readonly positions?: readonly Positions[];
  /** The source between `in` and `mid`, in SPICE's words. */
  readonly source: string;
  /** Where each slot begins [s]; all of one length, side by side. */
  readonly slots: readonly number[];
  readonly slotSeconds: number;
  /** Longest step, and end [s]. */
  readonly stepSeconds: number;
  readonly endSeconds: number;
};

/** Time for which an integrator is emptied at the beginning of a slot [s]. */
const RESET_SECONDS = 1e-4;

const { parts, components, nets } = ear12Build;
const partOf = new Map(parts.map((part) => [part.id, part]));
const netOf = new Map(nets.flatMap(({ name, pins }) => pins.map((pin) => [pin, name])));

/**
 * The front end of ear-12 for any SPICE: channels from `in` to `x`, op-amps with one pole and no offset, diodes and switches by their data
 * sheets. It begins at rest, with everything at `mid`.
 */
export function earDeck(options: DeckOptions): string {
  const { title, channels, positions = ear12Start, slots, slotSeconds } = options;
  const own = components.filter(({ ref }) => channels.includes(channelOf(ref)));
  const chips = [...new Set(channels.map((k) => `U${10 + Math.ceil(k / 2)}`))];
  const amplifier = factsOf("mcp6024");
  const diode = factsOf("1n4148");
  const last = (slots.at(-1) ?? 0) + slotSeconds;
  return [
    `${title} (made by npm run docs)`,
    `Vsupply supply 0 ${ear12Build.supplyVolts}`,
    `Vmid mid 0 ${ear12Build.supplyVolts / 2}`,
    options.source,
    `Vintegrate control-integrate 0 ${pulses(slots.map((start) => [start + RESET_SECONDS, start + slotSeconds]))}`,
    `Vreset control-reset 0 ${pulses(slots.map((start, i) => [i === 0 ? -1 : start, start + RESET_SECONDS]))}`,
    ...own.flatMap((component) => elements(component, positions)),
    ...chips.flatMap((ref) => switches(ref, channels)),
    `.model d1n4148 D(IS=${diode["saturationAmperes"]} N=${diode["idealityFactor"]} RS=${diode["seriesOhms"]} CJO=${diode["junctionFarads"]})`,
    `.model hc4066 SW(VT=2.5 VH=0.1 RON=${factsOf("cd74hc4066")["onOhms"]} ROFF=1e12)`,
    ".subckt opamp plus minus out rest",
    "G1 0 pole plus minus 1",
    `R1 pole 0 ${amplifier["openLoopGain"]}`,
    `C1 pole 0 ${(1 / (2 * Math.PI * (amplifier["gainBandwidthHertz"] as number))).toExponential(6)}`,
    "E1 out rest pole 0 1",
    ".ends",
    `.nodeset ${["in", ...nets.filter(({ name }) => isOf(name, channels)).map(({ name }) => name)].map((name) => `v(${name})=${ear12Build.supplyVolts / 2}`).join(" ")}`,
    `.save ${channels.map((k) => `v(x${k}) v(v${k}) v(y${k})`).join(" ")}`,
    ".options reltol=1e-4 abstol=1e-12 vntol=1e-7",
    `.tran ${options.stepSeconds} ${Math.max(options.endSeconds, last)} 0 ${options.stepSeconds}`,
    ".end",
    "",
  ].join("\n");
}

/** A tone whose frequency rises in proportion to itself, from `from` to `to` [Hz] within `seconds`, of so many volts at its peak. */
export function sweepSource({ from, to, seconds, volts }: Record<"from" | "to" | "seconds" | "volts", number>): string {
  const rise = Math.log(to / from) / seconds;
  const turns = `${(2 * Math.PI * from) / rise}*(exp(${rise}*time)-1)`;
  return `Bin in mid V=${volts}*sin(${turns})`;
}

/** A sound in a file of lines `seconds volts`, straight lines between them: a source of XSPICE, because PWL looks through all points at every step. */
export function fileSource(file: string): string {
  const read = `file="${file}" amploffset=[0] amplscale=[1] timeoffset=0 timescale=1 timerelative=false amplstep=false`;
  return `Ain %vd([in mid]) sound\n.model sound filesource (${read})`;
}

/** Channel of a reference: `R301` is of channel 3; those below 100 and the bypasses are of none. */
function channelOf(ref: string): number {
  const number = Number(ref.slice(1));
  return number < 2000 ? Math.floor(number / 100) : 0;
}

function factsOf(part: string): Readonly<Record<string, number>> {
  return (partOf.get(part) as Part).facts;
}

/** What a part is to SPICE; supplies and buses are nothing to it. */
function elements({ ref, part }: Component, positions: readonly Positions[]): string[] {
  const at = (pin: string): string => netOf.get(`${ref}.${pin}`) ?? "0";
  const { kind, facts } = partOf.get(part) as Part;
  if (kind === "resistor") return [`${ref} ${at("1")} ${at("2")} ${facts["ohms"]}`];
  if (kind === "capacitor") return [`${ref} ${at("1")} ${at("2")} ${facts["farads"]}`];
  if (kind === "diode") return [`${ref} ${at("A")} ${at("K")} d1n4148`];
  if (part === "mcp6024")
    return ["A", "B", "C", "D"].map(
      (letter) => `X${ref}${letter} ${at(`IN${letter}+`)} ${at(`IN${letter}-`)} ${at(`OUT${letter}`)} mid opamp`,
    );
  const { frequency, damping, gain } = positions[channelOf(ref) - 1] as Positions;
  const wipers = Number(ref.slice(1)) % 100 === 1 ? [frequency, frequency] : [damping, gain];
  return wipers.flatMap((position, w) => {
    const whole = facts["endToEndOhms"] as number;
    const below = (whole * position) / 256;
    const tap = `${ref}T${w}`;
    return [
      `R${ref}A${w} ${at(`P${w}A`)} ${tap} ${Math.max(whole - below, 1e-3)}`,
      `R${ref}B${w} ${tap} ${at(`P${w}B`)} ${Math.max(below, 1e-3)}`,
      `R${ref}W${w} ${tap} ${at(`P${w}W`)} ${facts["wiperOhms"]}`,
    ];
  });
}

/** Whether a net is one of the channels' own: its name ends in the channel's number. */
function isOf(net: string, channels: readonly number[]): boolean {
  return channels.includes(Number(/^[a-z]+(\d+)$/.exec(net)?.[1]));
}

/** Switches of a chip whose channels are there. */
function switches(ref: string, channels: readonly number[]): string[] {
  const ends = [1, 2, 3, 4].map(
    (n) => [n, netOf.get(`${ref}.${n}Y`), netOf.get(`${ref}.${n}Z`), netOf.get(`${ref}.${n}E`)] as const,
  );
  return ends
    .filter(([, , to]) => isOf(to ?? "", channels))
    .map(([n, from, to, control]) => `S${ref}${n} ${from} ${to} ${control} 0 hc4066`);
}

/** A logic signal that is high in the given spans [s]. */
function pulses(spans: readonly (readonly number[])[]): string {
  const edge = 1e-6;
  const points: [number, number][] = [[0, (spans[0]?.[0] ?? 1) <= 0 ? 5 : 0]];
  for (const [start = 0, end = 0] of spans) {
    if (start > 0) points.push([start, 0], [start + edge, 5]);
    points.push([end, 5], [end + edge, 0]);
  }
  const rising = points.filter(([time], i) => i === 0 || time > (points[i - 1]?.[0] ?? 0));
  return `PWL(${rising.map(([time, volts]) => `${Number(time.toFixed(9))} ${volts}`).join(" ")})`;
}
