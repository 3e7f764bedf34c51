import { bench16Build, type Part } from "@ohmwork/bench-16";
import { fact } from "./load.ts";
import { markdownTable } from "./markdown-table.ts";
import { wireCount } from "./placement.ts";

const kinds: readonly (readonly [string, readonly Part["kind"][]])[] = [
  ["Chips", ["chip"]],
  ["Resistors and capacitors", ["resistor", "capacitor"]],
  ["Board", ["board"]],
  ["To build on", ["accessory"]],
  ["Tools, if you have none", ["tool"]],
];

function quantity(part: Part): number {
  return bench16Build.components.filter((component) => component.part === part.id).length;
}

/** Price of all parts of the given kinds [euro]. */
export function priceOf(wanted: readonly Part["kind"][]): number {
  return bench16Build.parts
    .filter(({ kind }) => wanted.includes(kind))
    .reduce((sum, part) => sum + quantity(part) * part.priceEuro, 0);
}

/** An MCP4728 without a breakout board, with an adapter [euro]. */
const BARE_DAC_EURO = 3.6;

const partById = (id: string): Part => bench16Build.parts.find((part) => part.id === id) as Part;
const euro = (price: number): string => `${price.toFixed(2)} €`;
const saved = (price: number): string => `${euro(price)} less`;

/** `hardware/bench-16/bom.md`. */
export function billOfMaterial(): string {
  const sections = kinds.map(([title, wanted]) => {
    const rows = bench16Build.parts
      .filter(({ kind }) => wanted.includes(kind))
      .map((part) => [
        String(quantity(part)),
        part.name,
        `${part.manufacturer} ${part.partNumber}`.replace("Adafruit (chip: Microchip) Adafruit", "Adafruit"),
        part.package,
        part.dataSheet,
        part.priceEuro.toFixed(2),
        (quantity(part) * part.priceEuro).toFixed(2),
      ]);
    const table = markdownTable(["pieces", "part", "order number", "package", "data sheet", "€ each", "€"], rows);
    return `## ${title}: ${priceOf(wanted).toFixed(2)} €\n\n${table}`;
  });
  const all = priceOf(["chip", "resistor", "capacitor", "board", "accessory"]);
  const dac = partById("mcp4728").priceEuro;
  return `# Bill of material of bench-16

Made by \`npm run docs\` from \`src/build.json\`.

The chips come to **${euro(priceOf(["chip"]))}**, all that is built in or on to **${euro(all)}**, the tools to ${euro(priceOf(["tool"]))} more.
Prices are estimates of November 2026, in euro, for single pieces before tax and shipping. They were not looked up in a shop, and shops differ by a
factor of two: order from one that has the chips, as a second parcel costs more than any choice below saves.

${sections.join("\n\n")}

## For less

| instead of | take | about | and then |
|---|---|---|---|
| an Arduino Nano | a Nano of another maker, ATmega328P with 16 MHz and 5 V, often with a CH340 on its USB | ${saved(partById("arduino-nano").priceEuro - 6)} | \`board flash\` may want \`--baud 57600\`; works with the same firmware |
| two breakout boards of the MCP4728 | one \`MCP4728-E/UN\` (0x60) and one \`MCP4728A1-E/UN\` (0x61), 2.60 € each, on adapters from MSOP-10 to DIP, 1.00 € each | ${saved(2 * (dac - BARE_DAC_EURO))} | pins 0.5 mm apart to solder, no address to set; the chips come to ${euro(priceOf(["chip"]) - 2 * (dac - BARE_DAC_EURO))} |
| the MCP3208 | the converter of the Arduino behind a CD74HC4067 | ${saved(partById("mcp3208").priceEuro - 1)} | not with this firmware: 10 bits in place of 12, a code of 4.9 mV in place of 1.2 mV |

Chips for 25 € are not to be had as single pieces: the eight potentiometers and the converter alone come to
${euro(8 * partById("mcp4251").priceEuro + partById("mcp3208").priceEuro)}. Other packages of the same chips (SOIC, TSSOP) cost about the same and do not fit a breadboard.

## Choices

- **The MCP4728** is made in a package of 10 pins with 0.5 mm between them (MSOP) and in no other: hence two breakout boards.
- **Its address** is kept inside the chip. Breakout boards come with 0x60, some with 0x64 (chip \`MCP4728A4\`); the build needs one at 0x60
  and one at 0x61. Step 5 of \`bring-up.md\` sets it once, with a sketch that is kept here.
- **The digital potentiometer must be the MCP4251-104**: 42**5**1 (257 positions, forgets its position without power), -**104** (100 kΩ),
  **/P** (fits a breadboard). An MCP4261 has the same pins and keeps its position; each learning step would then wear out its memory if
  a program wrote there, which this firmware does not.
- **74HC595 and 74HC4066** of any maker will do, in the family HC. A CD4066B has several times the resistance when closed.
- **${wireCount()} wires** are needed, the four of step 4 of \`bring-up.md\` included: one set of ${fact("jumper-wires", "pieces")} is not enough.
- Of resistors take 5 % or better; the ceramic capacitors must not be electrolytic.
`;
}
