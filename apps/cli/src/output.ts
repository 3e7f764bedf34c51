import { readFileSync } from "node:fs";
import { styleText } from "node:util";

const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");

/** The version every result names. */
export const VERSION: string = (JSON.parse(manifest) as { version: string }).version;

/** Where a command writes: results to standard output, everything else to standard error. */
export type Output = {
  /** Exactly one line of JSON with `--json`, else the lines for a person. */
  readonly result: (value: Record<string, unknown>, lines: readonly string[]) => void;
  /** Something a person may want to know on the way. */
  readonly note: (line: string) => void;
};

/** @param json the command was asked for one line of JSON */
export function createOutput(json: boolean): Output {
  return {
    result: (value, lines) => {
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${lines.join("\n")}\n`);
    },
    note: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** A table of names and values, the names dimmed on a terminal. */
export function nameValueLines(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${styleText("dim", name.padEnd(width), { stream: process.stdout })}  ${value}`);
}

/** A number with an SI prefix and three significant digits: 0.00123 W is "1.23 mW". */
export function withPrefix(value: number, unit: string): string {
  if (value === 0 || !Number.isFinite(value)) return `${value} ${unit}`;
  const prefixes = ["p", "n", "µ", "m", "", "k", "M"];
  const thousands = Math.min(2, Math.max(-4, Math.floor(Math.log10(Math.abs(value)) / 3)));
  return `${(value / 1000 ** thousands).toPrecision(3)} ${prefixes[thousands + 4]}${unit}`;
}
