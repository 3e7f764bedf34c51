import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** What the launcher remembers between calls. A dot folder survives pnpm's own clearing of node_modules. */
export const memory = path.join(root, "node_modules", ".ohmwork");

/** @param {string} message */
export function say(message) {
  process.stderr.write(`${message}\n`);
}

/** What stops the launcher, in one line for the user. */
export class LaunchError extends Error {}

/** The versions this checkout is pinned to, from the root package.json. @returns {{ node: string, pnpm: string }} */
export function pinnedVersions() {
  const { config, packageManager } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  return { node: config.node, pnpm: packageManager.replace(/^pnpm@/, "").replace(/\+.*$/, "") };
}

/** @param {string} name @returns {any} what was remembered, or undefined */
export function recall(name) {
  try {
    return JSON.parse(readFileSync(path.join(memory, name), "utf8"));
  } catch {
    return undefined; // never written, or half a file from a machine that lost power: both mean do it again
  }
}

/** @param {string} name @param {unknown} value */
export function remember(name, value) {
  mkdirSync(memory, { recursive: true });
  const file = path.join(memory, name);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(value));
  renameSync(`${file}.${process.pid}`, file);
}

/** @param {readonly (string | Buffer)[]} parts */
export function digest(parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}

/** The script behind a command of a root dev dependency, to be run by the pinned Node on every platform. @param {string} tool */
export function toolScript(tool, command = tool) {
  const folder = path.join(root, "node_modules", tool);
  const { bin } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const script = path.join(folder, typeof bin === "string" ? bin : bin[command]);
  if (!existsSync(script)) throw new LaunchError(`${tool} is not installed completely: delete node_modules and run again`);
  return script;
}
