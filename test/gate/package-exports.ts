import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { noneOf, type Outcome } from "./step.ts";
import { root, runNode } from "./tool.ts";

type Manifest = { readonly name: string; readonly exports?: Record<string, string | Record<string, string>> };

/** After a build every entry of every package must be there, with its types, and load in a Node that knows nothing of the sources. */
export async function checkPackageExports(): Promise<Outcome> {
  const wrong: string[] = [];
  for (const manifest of globSync(["{packages,hardware,apps}/*/package.json", "firmware-bridge/package.json"], { cwd: root })) {
    const folder = join(root, dirname(manifest));
    const { name, exports = {} } = JSON.parse(readFileSync(join(root, manifest), "utf8")) as Manifest;
    const entries: string[] = [];
    for (const [entry, targets] of Object.entries(exports)) {
      if (typeof targets === "string") continue;
      for (const [condition, target] of Object.entries(targets)) {
        if (!existsSync(join(folder, target)))
          wrong.push(`${name} exports ${entry} as ${target} (${condition}), which is not there`);
        else if (condition === "default") entries.push(name + entry.slice(1));
      }
    }
    // Imported by its own name from its own folder: the map is used as a dependent would.
    const script = entries.map((entry) => `await import(${JSON.stringify(entry)});`).join("\n");
    const { code, output } = await runNode(["--input-type=module", "--eval", script], { cwd: folder, env: { NODE_OPTIONS: "" } });
    if (code !== 0) wrong.push(`${name} does not load once built:\n${output.trim()}`);
  }
  return noneOf(wrong);
}
