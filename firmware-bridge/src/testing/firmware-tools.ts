import { execFile, spawnSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Whether tests that need these programs can run here; says so when not. With OHMWORK_REQUIRE_ALL=1 they are taken to be there. */
export function hasPrograms(what: string, programs: readonly string[]): boolean {
  const missing = programs.filter((program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined);
  if (missing.length === 0 || process.env["OHMWORK_REQUIRE_ALL"] === "1") return true;
  process.stderr.write(`Skipped: ${what}, without ${missing.join(", ")}\n`);
  return false;
}

/** Runs a program to its end and gives its standard output and standard error. @throws when it ends otherwise than with 0 */
export async function runProgram(
  program: string,
  parameters: readonly string[],
  input = "",
): Promise<{ stdout: string; stderr: string }> {
  const running = promisify(execFile)(program, parameters, { maxBuffer: 2 ** 24 });
  running.child.stdin?.on("error", () => undefined); // it may end without reading its input
  running.child.stdin?.end(input);
  return running;
}

/** A copy of the firmware's folder that may be built in without touching the one that is kept. */
export async function firmwareCopy(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-firmware-"));
  const kept = new URL("../../firmware/", import.meta.url);
  for (const part of ["Makefile", "ohmwork", "dac-address", "test-native", "simavr"])
    await cp(new URL(part, kept), join(folder, part), { recursive: true });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
