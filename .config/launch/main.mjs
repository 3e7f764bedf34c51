import { existsSync } from "node:fs";
import path from "node:path";
import { buildCommandLine } from "./build.mjs";
import { runAttached, Stopped } from "./child.mjs";
import { LaunchError, root, say, toolScript } from "./places.mjs";
import { environment, prepare } from "./toolchain.mjs";

/** The command line, built; every other script runs from its source. */
const commandLine = path.join("apps", "cli", "dist", "main.js");

/** What the first argument of the launcher may be, and what the pinned Node then runs, one after the other. */
const commands = {
  start: () => [[commandLine, "demo"]],
  ohmwork: () => [[commandLine]],
  test: () => [script("test/gate.ts")],
  deep: () => [script("test/deep.ts")],
  bench: () => [script("test/bench/index.ts")],
  docs: () => [script("test/generate.ts")],
  guarantees: () => [script("test/guarantees.ts")],
  fix: () => [[toolScript("oxfmt")], [toolScript("oxlint"), "--type-aware", "--fix"]],
};

const script = (file) => ["--conditions=@ohmwork/source", file];

/** @param {readonly string[]} args the launcher's own */
export async function main([name, ...args]) {
  if (!Object.hasOwn(commands, name ?? "")) {
    say(`Usage: node .config/launch.mjs <${Object.keys(commands).join("|")}> [arguments]`);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = await launch(name, args);
  } catch (error) {
    if (!(error instanceof Stopped)) say(describe(error));
    process.exitCode = error instanceof Stopped ? error.code : 1;
  }
}

async function launch(name, args) {
  const toolchain = await prepare();
  const isCommandLine = name === "start" || name === "ohmwork";
  if (isCommandLine) await buildCommandLine(toolchain);
  const env = environment(toolchain);
  if (!isCommandLine) delete env["NODE_ENV"]; // vitest under NODE_ENV=production would test something else
  for (const [file, ...rest] of commands[name]()) {
    const target = isCommandLine ? [path.join(root, file)] : [file];
    const code = await runAttached(toolchain.node, [...target, ...rest, ...args], {
      env,
      cwd: isCommandLine ? callersFolder() : root,
    });
    if (code !== 0) return code;
  }
  return 0;
}

/** Where the user stands, so that a relative path means what they see: npm itself moves to the root first. */
function callersFolder() {
  const folder = process.cwd() === root ? process.env["INIT_CWD"] : undefined;
  return folder !== undefined && existsSync(folder) ? folder : process.cwd();
}

function describe(error) {
  if (error instanceof LaunchError) return error.message;
  if (error.code === "ENOSPC") return "The disk is full: free about 1 GB and run the command again";
  return `Ohmwork could not be started: ${error.message}`;
}
