import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../../apps/cli/src/main.ts");

export type Finished = { readonly code: number | null; readonly out: string; readonly err: string };

/**
 * Starts the command line from its sources, on the Node that runs the tests. With `typed` its standard input is the caller's, with
 * `largestFile` no file that it writes may be larger [512 bytes].
 */
export function startOhmwork(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; typed?: boolean; largestFile?: number } = {},
): ChildProcess {
  const { typed = false, env, largestFile, ...rest } = options;
  const words = [process.execPath, "--conditions=@ohmwork/source", MAIN, ...args];
  const limited = largestFile === undefined ? [] : ["sh", "-c", `ulimit -f ${largestFile}; exec "$@"`, "sh"];
  const [command, ...own] = [...limited, ...words] as [string, ...string[]];
  return spawn(command, own, {
    ...rest,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: [typed ? "pipe" : "ignore", "pipe", "pipe"],
  });
}

/** Waits for a started command to end, and gives all that it wrote. */
export function finished(child: ChildProcess): Promise<Finished> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

export function runOhmwork(args: readonly string[], options: { cwd?: string } = {}): Promise<Finished> {
  return finished(startOhmwork(args, options));
}

/** Resolves once the command has written `text` to standard error. */
export function hasSaid(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(text)) resolve();
    });
    child.once("close", () => reject(new RangeError(`Ended without saying "${text}": ${said}`)));
  });
}
