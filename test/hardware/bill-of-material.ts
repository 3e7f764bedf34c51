import { bench16Build, type Part } from "@ohmwork/bench-16";
import { markdownTable } from "./markdown-table.ts";

const kinds: readonly (readonly [string, readonly Part["kind"][]])[] = [
  ["Chips", ["chip"]],
  ["Resistors and capacitors", ["resistor", "capacitor"]],
  ["Board", ["board"]],
  ["To build on", ["accessory"]],
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
  const all = priceOf(kinds.flatMap(([, wanted]) => wanted));
  return `# Bill of material of bench-16

Made by \`npm run docs\` from \`src/build.json\`.

The chips come to **${priceOf(["chip"]).toFixed(2)} €**, everything on this page to ${all.toFixed(2)} €. Prices are rough figures for
single pieces before tax and shipping; they were not looked up in a shop, and shops differ by a factor of two.

${sections.join("\n\n")}

## Choices

- **The MCP4728** is made in a package of 10 pins with 0.5 mm between them (MSOP) and in no other: hence two breakout boards, which make
  up most of what the chips cost beyond 25 €. Whoever can solder MSOP takes one \`MCP4728-E/UN\` (address 0x60) and one \`MCP4728A1-E/UN\`
  (address 0x61), about 2.60 € each, on adapters from MSOP-10 to DIP, and leaves the address as it is.
- **Its address** is kept inside the chip. Breakout boards come with 0x60, some with 0x64 (chip \`MCP4728A4\`); the build needs one at 0x60
  and one at 0x61. \`bring-up.md\` says how to set it once.
- **The digital potentiometer must be the MCP4251-104**: 42**5**1 (257 positions, forgets its position without power), -**104** (100 kΩ),
  **/P** (fits a breadboard). An MCP4261 has the same pins and keeps its position; each learning step would then wear out its memory if
  a program wrote there, which this firmware does not.
- **74HC595 and 74HC4066** of any maker will do, in the family HC. A CD4066B has several times the resistance when closed.
- Of resistors take 5 % or better; the ceramic capacitors must not be electrolytic.
`;
}
