import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the fake does at one of its calls, of which each runs many netlists: `odd` has no number for the first netlist. */
export type FakeCall = "answer" | "odd" | "fail" | "hang";

/**
 * A command `ngspice` that plays a circuit of two inputs `a` and `b`, v(sum) = tanh(a + b) and v(difference) = tanh(a − b), and has trouble
 * at the calls that it is told to, counted from 0.
 *
 * @returns what must stand first in PATH
 */
export function fakeNgspice(folder: string, at: (call: number) => FakeCall): string {
  mkdirSync(folder, { recursive: true });
  const script = `#!${process.execPath}
const fs = require("node:fs");
const log = ${JSON.stringify(join(folder, "calls"))};
fs.appendFileSync(log, ".");
const does = (${at.toString()})(fs.statSync(log).size - 1);
if (does === "hang") setInterval(() => {}, 1000);
else if (does === "fail") process.stderr.write("Error: the matrix is singular\\n");
else {
  const decks = fs.readFileSync("all.cir", "utf8").match(/(?<=^source )\\d+/gm);
  for (const [k, deck] of decks.entries()) {
    const netlist = fs.readFileSync(deck + ".cir", "utf8");
    const value = (name) => Number([...netlist.matchAll(new RegExp("^\\\\.param " + name + "=(\\\\S+)$", "gm"))].at(-1)[1]);
    const [a, b] = [value("a"), value("b")];
    const volts = does === "odd" && k === 0 ? [NaN, NaN] : [Math.tanh(a + b), Math.tanh(a - b)];
    const head = "Title: fake\\nPlotname: Operating Point\\nFlags: real\\nNo. Variables: 2\\nNo. Points: 1\\nVariables:\\n"
      + "\\t0\\tv(sum)\\tvoltage\\n\\t1\\tv(difference)\\tvoltage\\nBinary:\\n";
    fs.writeFileSync(deck + ".raw", Buffer.concat([Buffer.from(head), Buffer.from(Float64Array.from(volts).buffer)]));
  }
}
`;
  writeFileSync(join(folder, "ngspice"), script, { mode: 0o755 });
  return folder;
}
