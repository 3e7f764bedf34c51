import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError, type Clock, type Seconds } from "@ohmwork/core";
import { systemClock } from "../system-clock.ts";
import { isWithoutAnalysis, parseRawFile } from "./raw-file.ts";
import { runBatch } from "./run-batch.ts";

type Vectors = ReadonlyMap<string, readonly number[]>;

type NgspiceCall = {
  /** What messages call the netlist. */
  readonly name?: string;
  readonly signal?: AbortSignal;
  /** What netlists read from files, by names without a folder and in lower case, as ngspice reads all names. */
  readonly files?: Readonly<Record<string, string>>;
};

/** The ngspice of this machine. */
export type NgspiceProcess = {
  /**
   * @throws BadInputError with what it said when it found no answer, or when ngspice is not installed
   * @throws DeadlineExceededError when a netlist took longer than the limit; the process is ended
   * @throws AbortedError when the signal fires; the process is ended
   */
  readonly run: (netlist: string, call?: NgspiceCall) => Promise<Vectors>;
  /** Many netlists in one process, which is some ten times as fast as one by one. */
  readonly runAll: (netlists: readonly string[], call?: NgspiceCall) => Promise<Vectors[]>;
};

export type NgspiceOptions = {
  /** The longest that one netlist may take; noticed after twice that at the latest. @default as long as it takes */
  readonly limit?: Seconds;
  readonly clock?: Clock;
};

/** @param command ngspice, 40 or newer. @default "ngspice" */
export function openNgspice(command = "ngspice", { limit, clock = systemClock }: NgspiceOptions = {}): NgspiceProcess {
  const runAll: NgspiceProcess["runAll"] = async (netlists, { name = "a netlist", signal, files = {} } = {}) => {
    const folder = await mkdtemp(join(tmpdir(), "ohmwork-ngspice-"));
    try {
      const written = { ...files, ...Object.fromEntries(netlists.map((netlist, k) => [`${k}.cir`, netlist])) };
      await Promise.all(Object.entries(written).map(([file, text]) => writeFile(join(folder, file), text)));
      // Each result and each circuit is dropped: ngspice keeps them all otherwise, and slows down.
      const each = netlists.map((_, k) => [`source ${k}.cir`, "run", `write ${k}.raw all`, "destroy all", "remcirc"]);
      await writeFile(join(folder, "all.cir"), ["All", ".control", ...each.flat(), "quit", ".endc", ".end", ""].join("\n"));
      const said = await runBatch(command, folder, { limit, clock, signal, what: `An answer of ngspice to ${name}` });
      return await Promise.all(netlists.map((_, k) => resultOf(join(folder, `${k}.raw`), said)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return { runAll, run: async (netlist, call) => (await runAll([netlist], call))[0] as Vectors };
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
