import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { root } from "./tool.ts";

/** What npx does with the folder of its cache, in which an interrupted download may have left a file named `half`. */
const npx = `
const { existsSync, mkdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const folder = process.env.FAKE_NPX_FOLDER;
const bin = join(folder, "node_modules", ".bin");
const report = (version) => console.log(JSON.stringify({ ohmwork: 1, version, node: process.execPath, bin }));
if (!existsSync(join(folder, "half"))) {
  mkdirSync(join(folder, "node_modules", "pnpm", "bin"), { recursive: true });
  writeFileSync(join(folder, "node_modules", "pnpm", "bin", "pnpm.cjs"), "");
  report(process.env.FAKE_NPX_VERSION);
} else if (process.env.FAKE_NPX_SAYS === "error") {
  console.error("npm error code ENOENT\\nnpm error syscall open\\nnpm error path " + join(folder, "package.json"));
  process.exitCode = 1;
} else report("20.0.0");
`;

function firstStart(says: "error" | "older", cacheFolder: string): { code: number | null; err: string; half: boolean } {
  const scratch = mkdtempSync(join(tmpdir(), "ohmwork-first-start-"));
  for (const name of [".config/launch", "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
    cpSync(join(root, name), join(scratch, name), { recursive: true });
  }
  const npm = join(scratch, "npm");
  mkdirSync(npm);
  writeFileSync(join(npm, "package.json"), "{}"); // the checkout around it is of ES modules
  writeFileSync(join(npm, "npm-cli.js"), "");
  writeFileSync(join(npm, "npx-cli.js"), npx);
  const folder = join(scratch, cacheFolder, "0123456789abcdef");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "half"), "");
  const { config } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { config: { node: string } };
  const toolchain = pathToFileURL(join(scratch, ".config", "launch", "toolchain.mjs")).href;
  const script = `const { prepare } = await import(${JSON.stringify(toolchain)}); await prepare();`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    env: {
      ...process.env,
      npm_execpath: join(npm, "npm-cli.js"),
      FAKE_NPX_FOLDER: folder,
      FAKE_NPX_SAYS: says,
      FAKE_NPX_VERSION: config.node,
    },
  });
  return { code: status, err: stderr, half: existsSync(join(folder, "half")) };
}

describe("a first start after one that was interrupted", () => {
  it.each(["error", "older"] as const)("throws away the folder that npx cannot use (%s) and asks again", (says) => {
    expect(firstStart(says, "_npx")).toMatchObject({ code: 0, half: false });
  });

  it.each(["error", "older"] as const)("leaves any other folder alone (%s)", (says) => {
    const { code, err, half } = firstStart(says, "elsewhere");
    expect({ code, half }).toEqual({ code: 1, half: true });
    expect(err).toContain("Downloading Node.js");
  });
});
