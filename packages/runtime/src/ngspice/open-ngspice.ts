import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { isWithoutAnalysis, parseRawFile } from "./raw-file.ts";

type Vectors = ReadonlyMap<string, readonly number[]>;

/** The ngspice of this machine. */
export type NgspiceProcess = {
  /** @throws BadInputError with what it said when it found no answer, or when ngspice is not installed */
  readonly run: (netlist: string) => Promise<Vectors>;
  /** Many netlists in one process, which is some ten times as fast as one by one. */
  readonly runAll: (netlists: readonly string[]) => Promise<Vectors[]>;
};

/** @param command ngspice, 40 or newer. @default "ngspice" */
export function openNgspice(command = "ngspice"): NgspiceProcess {
  const runAll = async (netlists: readonly string[]): Promise<Vectors[]> => {
    const folder = await mkdtemp(join(tmpdir(), "ohmwork-ngspice-"));
    try {
      await Promise.all(netlists.map((netlist, k) => writeFile(join(folder, `${k}.cir`), netlist)));
      // Each result and each circuit is dropped: ngspice keeps them all otherwise, and slows down.
      const each = netlists.map((_, k) => [`source ${k}.cir`, "run", `write ${k}.raw all`, "destroy all", "remcirc"]);
      await writeFile(join(folder, "all.cir"), ["All", ".control", ...each.flat(), "quit", ".endc", ".end", ""].join("\n"));
      const said = await batch(command, folder);
      return await Promise.all(netlists.map((_, k) => resultOf(join(folder, `${k}.raw`), said)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return { runAll, run: async (netlist) => (await runAll([netlist]))[0] as Vectors };
}

async function resultOf(file: string, said: string): Promise<Vectors> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined || isWithoutAnalysis(bytes)) throw new BadInputError(`ngspice found no answer: ${reasonIn(said)}`);
  return parseRawFile(bytes);
}

/** What ngspice says that it is about, on one line. */
function reasonIn(said: string): string {
  const lines = said.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => /error|singular|could not|failed|aborted|no such|unknown|can't|timestep/i.test(line));
  return (telling.length > 0 ? telling : lines.filter((line) => line !== "")).slice(0, 3).join("; ") || "it said nothing";
}

function batch(command: string, folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ["-b", "all.cir"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-20_000)));
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === "ENOENT"
          ? "is not installed (on Debian and Ubuntu: apt install ngspice)"
          : `cannot be run (${cause.code})`;
      reject(new BadInputError(`${command} ${why}`, {}, { cause }));
    });
    child.once("close", () => resolve(said));
  });
}
