import { ear12Build, type Part } from "@ohmwork/ear-12";
import { markdownTable } from "../markdown-table.ts";

const kinds: readonly (readonly [string, readonly Part["kind"][]])[] = [
  ["Chips and diodes", ["chip", "diode"]],
  ["Resistors and capacitors", ["resistor", "capacitor"]],
  ["Boards", ["board"]],
  ["To build on", ["accessory"]],
  ["Tools, if you have none", ["tool"]],
];

function quantity({ id }: Part): number {
  return ear12Build.components.filter(({ part }) => part === id).length;
}

/** Price of all parts of the given kinds [euro]. */
export function earPriceOf(wanted: readonly Part["kind"][]): number {
  return ear12Build.parts
    .filter(({ kind }) => wanted.includes(kind))
    .reduce((sum, part) => sum + quantity(part) * part.priceEuro, 0);
}

/** `hardware/ear-12/bom.md`. */
export function earBillOfMaterial(): string {
  const sections = kinds.map(([title, wanted]) => {
    const rows = ear12Build.parts
      .filter((part) => wanted.includes(part.kind) && quantity(part) > 0)
      .map((part) => [
        String(quantity(part)),
        part.name,
        `${part.manufacturer} ${part.partNumber}`.replace("Adafruit (chip: Analog Devices) Adafruit", "Adafruit"),
        part.package,
        part.dataSheet,
        part.priceEuro.toFixed(2),
        (quantity(part) * part.priceEuro).toFixed(2),
      ]);
    const table = markdownTable(["pieces", "part", "order number", "package", "data sheet", "€ each", "€"], rows);
    return `## ${title}: ${earPriceOf(wanted).toFixed(2)} €\n\n${table}`;
  });
  return `# Bill of material of ear-12

Made by \`npm run docs\` from \`src/parts.json\` and the circuit in \`src\`.

All that is built in or on comes to **${earPriceOf(["chip", "diode", "resistor", "capacitor", "board", "accessory"]).toFixed(2)} €**, the chips alone to
${earPriceOf(["chip"]).toFixed(2)} €. **Prices, order numbers and figures of data sheets are estimates from memory**, of November 2026, in euro,
before tax and shipping: none was looked up in a shop or a data sheet. Compare each pin and number before you order.

${sections.join("\n\n")}

## Choices

- **The frequency potentiometers must be of 10 kΩ (-103), those of the mixing network of 100 kΩ (-104).** Filters divide: the 20 % spread of
  a potentiometer's resistance drops out, but for the load on its wiper. The network conducts: the spread is an error that it learns around.
- **Capacitors of the filters are C0G**, those of envelopes and integrators film. A ceramic of X7R loses a part of its value with voltage and warmth.
- An op-amp of other make needs 10 MHz, rails on both sides and inputs of CMOS: a bias current of 10 nA makes 8 mV of an integrator in a slot.
- **Eight channels** instead of twelve save a third of all; \`ear8()\` of \`docs/ear.md\` says which.
`;
}
