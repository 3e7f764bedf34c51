import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";

/** The checkout. */
export const root: string = resolve(import.meta.dirname, "../..");

/** What a gate leaves behind for people to look at. */
export const reports: string = join(root, "node_modules", ".ohmwork");

/** `output` is all that was said, `result` what went to standard output. */
export type ToolResult = { readonly code: number; readonly output: string; readonly result: string };

/** Colours are for people: a log keeps plain text. */
const plain = process.stdout.isTTY || process.env["FORCE_COLOR"] !== undefined ? {} : { NO_COLOR: "1" };

let running: ChildProcess | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (signal === "SIGTERM" || !process.stdin.isTTY) running?.kill(signal); // a terminal has told the child already
    const end = (): never => process.exit(128 + constants.signals[signal]);
    if (running === undefined) end();
    else running.once("close", end);
  });
}

/** Runs a root dev dependency under this Node. `show` hands it the terminal, else what it says is kept. */
export function runTool(
  [tool, ...args]: readonly [string, ...string[]],
  options: { show?: boolean; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<ToolResult> {
  return runNode([toolScript(tool), ...args], options);
}

/** The same for any script. */
export function runNode(
  args: readonly string[],
  { show = false, env = {}, cwd = root }: { show?: boolean; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<ToolResult> {
  return new Promise((settle, reject) => {
    const stdio = show ? "inherit" : "pipe";
    const child = spawn(process.execPath, [...args], {
      cwd,
      stdio: ["ignore", stdio, stdio],
      env: { ...process.env, ...plain, ...env },
    });
    running = child;
    let output = "";
    let result = "";
    child.stdout?.on("data", (text: string) => (result += text));
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (code) => {
      running = undefined;
      settle({ code: code ?? 1, output, result });
    });
  });
}

/** The script of a tool's command: run by Node itself, it needs no shell on any platform. */
function toolScript(tool: string): string {
  const folder = join(root, "node_modules", tool === "tsc" ? "typescript" : tool);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { bin: string | Record<string, string> };
  return join(folder, typeof bin === "string" ? bin : (bin[tool] ?? ""));
}
