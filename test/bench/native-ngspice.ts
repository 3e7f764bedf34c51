import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = "/usr/bin/ngspice";

/** Whether the native ngspice of the distribution is installed. */
export function hasNativeNgspice(): boolean {
  return existsSync(binary);
}

async function run(netlist: string): Promise<{ output: string; seconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-bench-"));
  try {
    const file = join(folder, "network.cir");
    await writeFile(file, netlist);
    const start = performance.now();
    const output = await new Promise<string>((resolve, reject) => {
      const child = spawn(binary, ["-b", file], { stdio: ["ignore", "pipe", "ignore"] });
      const chunks: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.on("error", reject);
      child.on("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
    });
    return { output, seconds: (performance.now() - start) / 1000 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * A loop inside one ngspice that sets one resistor and solves the operating point for each value. `destroy` drops the result: without it
 * ngspice keeps them all and slows down with every one: on 16 edges a mean of 10 ms over 16,000 solves in place of 40 µs.
 */
function loop(resistor: string, ohms: readonly number[], repeats: number, after: readonly string[]): string[] {
  return [
    ".control",
    "set numdgt=15",
    `repeat ${repeats}`,
    `foreach value ${ohms.join(" ")}`,
    `alter ${resistor} = $value`,
    "op",
    ...after,
    "destroy",
    "end",
    "end",
    ".endc",
    ".end",
    "",
  ];
}

/**
 * Runs `alter` and `op` in one native ngspice process.
 *
 * @param netlist without analysis and `.end`
 * @returns seconds of one `alter` and `op`: the difference of a long and a short run, so that start and parsing do not count; and
 *   the voltages [ohms, names] V of one pass
 */
export async function runNative(
  netlist: string,
  names: readonly string[],
  resistor: string,
  ohms: readonly number[],
  repeats: number,
): Promise<{ seconds: number; voltages: Float64Array }> {
  const build = (times: number, after: readonly string[]): string => [netlist, ...loop(resistor, ohms, times, after)].join("\n");
  const printed = await run(
    build(
      1,
      names.map((name) => `print v(${name})`),
    ),
  );
  const voltages = Float64Array.from(printed.output.matchAll(/^v\(.*\) = (\S+)/gm), (found) => Number(found[1]));
  const short = await run(build(1, []));
  const long = await run(build(1 + repeats, []));
  return { seconds: (long.seconds - short.seconds) / (repeats * ohms.length), voltages };
}
