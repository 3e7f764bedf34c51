import { type Component, ear12Build, type Part } from "@ohmwork/ear-12";
import { markdownTable } from "../markdown-table.ts";
import { channelValues, ear12Start, type Positions } from "./positions.ts";

const { parts, components, nets, channels, open, edges } = ear12Build;
const partOf = new Map(parts.map((part) => [part.id, part]));
const netOf = new Map(nets.flatMap(({ name, pins }) => pins.map((pin) => [pin, name])));

function boughtAs({ part: id }: Component): Part {
  return partOf.get(id) as Part;
}

/** Pins of a component in the order of its package, each with its net. */
function pinsOf(component: Component): string {
  return boughtAs(component)
    .pins.filter(({ kind }) => kind !== "spare")
    .map(({ number, name }) => `${number} ${name}: ${netOf.get(`${component.ref}.${name}`) ?? "open"}`)
    .join(", ");
}

function valueOf(component: Component): string {
  const { name } = boughtAs(component);
  return name.replace(/^(Resistor|Capacitor|Ceramic capacitor|Diode) /, "").replace(/, 1 %$/, "");
}

/** Chips and boards with all their pins. */
function chipTable(wanted: readonly Component[]): string {
  return markdownTable(
    ["place", "part", "what for", "pins"],
    wanted.map((component) => [
      component.ref,
      boughtAs(component).partNumber,
      component.purpose.replace(/^channel \d+: /, ""),
      pinsOf(component),
    ]),
  );
}

/** Parts with two ends. */
function smallTable(wanted: readonly Component[]): string {
  const end = (component: Component, pin: string): string => netOf.get(`${component.ref}.${pin}`) ?? "open";
  return markdownTable(
    ["place", "value", "from", "to", "what for"],
    wanted.map((component) => {
      const [from, to] = boughtAs(component).kind === "diode" ? ["A", "K"] : ["1", "2"];
      const what = component.purpose.replace(/^channel \d+: /, "");
      return [component.ref, valueOf(component), end(component, from), end(component, to), what];
    }),
  );
}

const isChip = (component: Component): boolean => ["chip", "board"].includes(boughtAs(component).kind);
const isSmall = (component: Component): boolean => ["resistor", "capacitor", "diode"].includes(boughtAs(component).kind);
const numberOf = ({ ref }: Component): number => Number(ref.slice(1));
const isShared = (component: Component): boolean => numberOf(component) < 100;
const isOfChannel = (component: Component): boolean => numberOf(component) >= 100 && numberOf(component) < 2000;
const isOfFirst = (component: Component): boolean => numberOf(component) >= 100 && numberOf(component) < 200;

function channelTable(): string {
  const rows = channels.map((channel, k) => {
    const at = ear12Start[k] as Positions;
    const { hertz, quality, gain } = channelValues(channel, at);
    const place = 100 * (k + 1);
    return [
      String(k + 1),
      `R${place + 8}, R${place + 9}: ${channel.integratorOhms / 1000} kΩ`,
      `R${place + 10}: ${channel.gainOhms / 1000} kΩ`,
      `${at.frequency}, ${at.damping}, ${at.gain}`,
      hertz.toFixed(0),
      quality.toFixed(2),
      gain.toFixed(2),
    ];
  });
  const header = [
    "channel",
    "integrators",
    "gain",
    "start positions: frequency, damping, gain",
    "centre, Hz",
    "quality",
    "gain at the centre",
  ];
  return markdownTable(header, rows);
}

/** `hardware/ear-12/wiring.md`. */
export function earWiringGuide(): string {
  const select = components.filter(
    (component) => isSmall(component) && isShared(component) && /unselected/.test(component.purpose),
  );
  const small = components.filter((component) => isSmall(component) && isShared(component) && !select.includes(component));
  const bypasses = components.filter((component) => component.purpose === "at the supply of a chip").length;
  return `# Wiring of ear-12

Made by \`npm run docs\` from the circuit in \`src\`, where \`wiringProblems\` of bench-16 finds no pin used twice, left open or driven by two.

**Nobody has built this in metal yet.** Pins and figures of data sheets are from memory: compare each chip with its data sheet before you wire it.

A net has one name everywhere: join all pins that say the same. \`supply\` is 5 V of the board, \`ground\` 0 V, \`mid\` 2.5 V, which all signals are measured
from. \`in\` is the sound behind its high-pass; \`x1\` to \`x${channels.length}\` are the means of a slot, \`o1\` to \`o3\` the answers. Everything about \`mid\` is half of what the
simulation says: 1 V there is 0.5 V here, so that peaks stay between the rails.

## 1. What the channels share

${chipTable(components.filter((component) => isChip(component) && isShared(component) && !component.ref.startsWith("P")))}

${smallTable(small)}

Beside every chip stands 100 nF between its supply and ground: ${bypasses} pieces.

## 2. One channel

Channel 1. Channel n is the same with n00 for 100 in every place (\`R308\` is the first integrator of channel 3) and n at the end of every net but
\`in\`, \`mid\`, \`supply\`, \`ground\` and the buses.

${chipTable(components.filter((component) => isChip(component) && isOfFirst(component)))}

${smallTable(components.filter((component) => isSmall(component) && isOfFirst(component)))}

## 3. In what channels differ

${channelTable()}

## 4. The mixing network

${edges.length} rheostats of 100 kΩ: from each envelope, from \`mid\` (the simulation's 0 V) and from \`ref\` to each answer. Pins A stay open: ${open.filter((at) => at.startsWith("P")).length} of them.

${chipTable(components.filter((component) => isChip(component) && /^P\d{1,2}$/.test(component.ref)))}

## 5. Selects

Each potentiometer chip and each converter has a line of its own, held up by 10 kΩ (${select.length} resistors, \`R${Math.min(...select.map(numberOf))}\` to \`R${Math.max(...select.map(numberOf))}\`) until the
firmware chooses one. Left open: ${open.filter((at) => at.startsWith("U")).join(", ")}.

${markdownTable(
  ["channel", "frequency", "damping and gain"],
  channels.map((_, k) => {
    const [first, second] = [`P${100 * (k + 1) + 1}`, `P${100 * (k + 1) + 2}`];
    const selectOf = (pot: string): string =>
      nets.find(({ name }) => name === `select-${pot}`)?.pins.find((pin) => pin.startsWith("U")) ?? "";
    return [String(k + 1), `${first}, selected by ${selectOf(first)}`, `${second}, selected by ${selectOf(second)}`];
  }),
)}

In all ${components.filter(isOfChannel).length} parts stand in channels and ${components.filter(isShared).length} beside them.
`;
}
