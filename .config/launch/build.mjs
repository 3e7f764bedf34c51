import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { runQuietly } from "./child.mjs";
import { exclusively } from "./lock.mjs";
import { digest, LaunchError, recall, remember, root, say, toolScript } from "./places.mjs";
import { environment } from "./toolchain.mjs";

/**
 * Builds the command line and all it stands on through turbo, unless no source has changed since the last time:
 * turbo would find that out as well, but takes longer than the rest of a short command.
 *
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 */
export async function buildCommandLine(toolchain) {
  const isBuilt = () => recall("build.json")?.stamp === sourceStamp();
  if (isBuilt()) return;
  await exclusively(async () => {
    if (isBuilt()) return;
    say(recall("build.json") === undefined ? "Building (first run)" : "Building what changed");
    const stamp = sourceStamp(false);
    const args = [toolScript("turbo"), "run", "build", "--filter=@ohmwork/cli...", "--output-logs=errors-only", "--ui=stream"];
    const { code, output } = await runQuietly(toolchain.node, args, { env: environment(toolchain) });
    if (code !== 0) throw new LaunchError(`${output.trim()}\nThe build failed: see above`);
    // Sources that changed during the build are built the next time.
    if (stamp === sourceStamp(false)) remember("build.json", { stamp: sourceStamp() });
  });
}

/** Changes when a source or a setting of a build does, or (with `outputs`) when a package loses a file that was built. */
function sourceStamp(outputs = true) {
  const parts = [];
  const add = (file) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile()) parts.push(`${path.relative(root, file)} ${stats.size} ${stats.mtimeMs}`);
  };
  for (const name of ["tsconfig.base.json", "tsconfig.build.json"]) add(path.join(root, ".config", name));
  for (const name of ["package.json", "pnpm-lock.yaml", "turbo.json"]) add(path.join(root, name));
  for (const folder of packageFolders()) {
    for (const name of ["package.json", "tsconfig.build.json", "turbo.json"]) add(path.join(folder, name));
    const source = path.join(folder, "src");
    for (const entry of filesIn(source)) {
      if (!entry.endsWith(".test.ts")) add(path.join(source, entry));
    }
    if (outputs) parts.push(...filesIn(path.join(folder, "dist")));
  }
  return digest(parts);
}

function filesIn(folder) {
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : [];
}

function packageFolders() {
  const rooms = ["packages", "hardware", "apps"].flatMap((room) =>
    existsSync(path.join(root, room)) ? readdirSync(path.join(root, room)).map((name) => path.join(root, room, name)) : [],
  );
  return [...rooms, path.join(root, "firmware-bridge")];
}
