import { readFileSync } from "node:fs";
import { join } from "node:path";
import { noneOf, type Outcome } from "./step.ts";
import { root, runNode } from "./tool.ts";

/** What users run must work: the built command line, through the launcher. */
export async function checkLaunched(): Promise<Outcome> {
  const wrong: string[] = [];
  const launch = async (...args: string[]): Promise<string> => {
    const { code, output, result } = await runNode([".config/launch.mjs", "ohmwork", ...args], { env: { NODE_OPTIONS: "" } });
    if (code !== 0) wrong.push(`ohmwork ${args.join(" ")} exits with ${code}:\n${output.trim()}`);
    return result;
  };
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const said = await launch("--version");
  if (said !== `${version}\n`) wrong.push(`ohmwork --version says ${JSON.stringify(said)}, expected ${version}`);
  const learned = await launch("learn", "xor", "--seed", "1", "--steps", "800", "--json");
  if (!isOneJsonLine(learned)) wrong.push(`ohmwork learn --json says ${JSON.stringify(learned)}, expected one line of JSON`);
  return noneOf(wrong);
}

function isOneJsonLine(text: string): boolean {
  try {
    return /^\{.*\}\n$/.test(text) && JSON.parse(text) !== null;
  } catch {
    return false;
  }
}
