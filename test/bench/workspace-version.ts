import { readFileSync } from "node:fs";

/** The version that every result of a benchmark names. */
export function workspaceVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
