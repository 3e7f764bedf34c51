import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCatalogue } from "@ohmwork/core";
import { noneOf, type Outcome } from "./step.ts";
import { root } from "./tool.ts";

/** A file of this repository that a program writes. A slow one is compared in `npm run test:deep` only. */
type Generated = { readonly file: string; readonly slow?: true; readonly generate: () => string | Promise<string> };

const generated: readonly Generated[] = [
  { file: "docs/errors.md", generate: errorsPage },
  { file: "docs/wire.md", generate: async () => (await import("../fleet/wire-page.ts")).wirePage() },
  { file: "hardware/bench-16/wiring.md", generate: async () => (await import("../hardware/wiring-guide.ts")).wiringGuide() },
  { file: "hardware/bench-16/bom.md", generate: async () => (await import("../hardware/bill-of-material.ts")).billOfMaterial() },
  { file: "hardware/bench-16/bring-up.md", generate: async () => (await import("../hardware/bring-up.ts")).bringUp() },
  { file: "hardware/bench-16/bench-16.cir", generate: async () => (await import("../hardware/spice-deck.ts")).spiceDeck() },
  {
    file: "hardware/bench-16/network.svg",
    generate: async () => (await import("../hardware/network-picture.ts")).networkPicture(),
  },
  {
    file: "hardware/ear-12/wiring.md",
    generate: async () => (await import("../hardware/ear/wiring-guide.ts")).earWiringGuide(),
  },
  {
    file: "hardware/ear-12/bom.md",
    generate: async () => (await import("../hardware/ear/bill-of-material.ts")).earBillOfMaterial(),
  },
  { file: "hardware/ear-12/bring-up.md", generate: async () => (await import("../hardware/ear/bring-up.ts")).earBringUp() },
  { file: "hardware/ear-12/ear-12.cir", generate: async () => (await import("../hardware/ear/whole-deck.ts")).wholeDeck() },
  { file: "hardware/ear-12/chain.svg", generate: async () => (await import("../hardware/ear/chain-picture.ts")).chainPicture() },
  { file: "docs/rules.md", slow: true, generate: async () => (await import("../studies/rule-study.ts")).ruleStudy() },
  { file: "docs/offsets.md", slow: true, generate: async () => (await import("../studies/offset-study.ts")).offsetStudy() },
];

/** Compares what stands in the repository with what would be written now. */
export async function checkGenerated(options: { slow?: boolean } = {}): Promise<Outcome> {
  const stale: string[] = [];
  for (const { file, slow, generate } of generated) {
    if (slow === true && options.slow !== true) continue;
    if ((await generate()) !== current(file)) stale.push(`${file} is not what its generator writes: run npm run docs`);
  }
  return noneOf(stale);
}

/** Writes every generated file anew. @returns the files that changed */
export async function writeGenerated(): Promise<string[]> {
  const changed: string[] = [];
  for (const { file, generate } of generated) {
    const text = await generate();
    if (text === current(file)) continue;
    writeFileSync(join(root, file), text);
    changed.push(file);
  }
  return changed;
}

function current(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8").replaceAll("\r\n", "\n");
  } catch {
    return undefined;
  }
}

function errorsPage(): string {
  const rows = Object.entries(errorCatalogue)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`);
  return `# Errors

Made by \`npm run docs\` from the catalogue in \`packages/core/src/errors.ts\`.

Every error that a caller may want to catch is an \`OhmworkError\` with one of these codes, details and, where there is one, a cause.
The command line prints its message in one line on standard error and exits with the number given here. A \`TypeError\` or
\`RangeError\` is a mistake in the calling program and has no code.

| code | exit | meaning |
|---|---|---|
${rows.join("\n")}
`;
}
