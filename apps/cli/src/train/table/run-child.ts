import { spawn } from "node:child_process";
import { AbortedError, errorCatalogue, OhmworkError } from "@ohmwork/core";
import { WriteFailedError } from "../../write-user-file.ts";

/** A training in a process of its own ended without a result. */
export class ChildFailedError extends OhmworkError<{ code: number | null }> {
  readonly code = "training-failed";
}

/**
 * One `ohmwork …` in a process of its own. When the signal fires it is asked to stop as by Ctrl-C, and waited for.
 *
 * @returns the line of JSON that it printed
 * @throws ChildFailedError with its last message
 * @throws WriteFailedError with its last message when a disk took no more
 * @throws AbortedError when the signal fired
 */
export async function runChild(args: readonly string[], signal: AbortSignal): Promise<Record<string, unknown>> {
  if (signal.aborted) throw new AbortedError("Training");
  const [script = ""] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => void child.kill("SIGINT");
  signal.addEventListener("abort", stop, { once: true });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err = (said.err + text).slice(-4000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => signal.removeEventListener("abort", stop));
  if (signal.aborted) throw new AbortedError("Training");
  if (code !== 0) {
    const last = said.err.trimEnd().split("\n").at(-1) ?? "";
    if (code === errorCatalogue["write-failed"].exit)
      throw new WriteFailedError(last, { file: last.split(": ", 1)[0] as string });
    throw new ChildFailedError(`ohmwork ${args.join(" ")}: ${last === "" ? `ended with code ${code}` : last}`, { code });
  }
  return JSON.parse(said.out) as Record<string, unknown>;
}
