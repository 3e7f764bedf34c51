import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runQuietly } from "./child.mjs";
import { explain } from "./explain.mjs";
import { exclusively } from "./lock.mjs";
import { digest, LaunchError, memory, pinnedVersions, recall, remember, root, say } from "./places.mjs";

/**
 * The pinned programs: absolute paths of Node and of pnpm's script, and the folder that goes first in PATH.
 * @typedef {{ node: string, pnpm: string, bin: string }} Toolchain
 */

/** Download of a first run [MB], as received on Linux x64: half of it Node.js, the rest the tools and libraries. */
const firstDownload = 150;

/** Brings the pinned Node and pnpm and the dependencies of the lockfile, unless all is there. @returns {Promise<Toolchain>} */
export async function prepare() {
  return ready() ?? exclusively(async () => ready() ?? install());
}

/** The environment in which the pinned programs come first. @param {Toolchain} toolchain @returns {NodeJS.ProcessEnv} */
export function environment(toolchain) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  const key = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH"; // Windows writes it Path
  env[key] = `${toolchain.bin}${path.delimiter}${env[key] ?? ""}`;
  delete env["INIT_CWD"]; // says where this launcher was called from, and is not true of what it starts
  return env;
}

function installStamp() {
  const { node, pnpm } = pinnedVersions();
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml"].map((name) => readFileSync(path.join(root, name)));
  return digest([node, pnpm, process.platform, process.arch, ...files]);
}

function ready() {
  const toolchain = rememberedToolchain();
  const complete =
    recall("install.json")?.stamp === installStamp() && existsSync(path.join(root, "node_modules", ".modules.yaml"));
  return complete ? toolchain : undefined;
}

function rememberedToolchain() {
  const { versions, machine, ...toolchain } = recall("toolchain.json") ?? {};
  if (JSON.stringify(versions) !== JSON.stringify(pinnedVersions()) || machine !== machineName()) return undefined;
  return existsSync(toolchain.node) && existsSync(toolchain.pnpm) ? toolchain : undefined;
}

const machineName = () => `${process.platform} ${process.arch}`;

async function install() {
  const begun = Date.now();
  const first = recall("install.json") === undefined;
  const toolchain = rememberedToolchain();
  say(
    first
      ? `Installing Node.js ${pinnedVersions().node} and the dependencies (first run, about ${firstDownload} MB to download)`
      : "Installing what changed",
  );
  const resolved = toolchain ?? (await resolveToolchain());
  await installDependencies(resolved);
  remember("install.json", { stamp: installStamp() });
  say(`Installed in ${Math.round((Date.now() - begun) / 1000)} s`);
  return resolved;
}

/** npm waits 10 s and then 60 s before it believes that a registry is away: too long to leave someone without a word. */
const impatient = { npm_config_fetch_retry_mintimeout: "1000", npm_config_fetch_retry_maxtimeout: "8000" };

async function resolveToolchain() {
  const versions = pinnedVersions();
  const what = `Downloading Node.js ${versions.node} and pnpm ${versions.pnpm}`;
  let answer = await askNpx(versions);
  // npx never mends what an interrupted download left in its folder of these packages.
  if (answer.broken !== undefined && discard(answer.broken)) answer = await askNpx(versions);
  const { toolchain, broken, version, output } = answer;
  if (broken !== undefined) {
    throw new LaunchError(
      `${what} failed: npx cannot use what it left in ${broken}; delete that folder and run the command again`,
    );
  }
  if (version !== undefined && toolchain === undefined) {
    throw new LaunchError(`${what} failed: npx gave Node.js ${version}; the whole output is in ${keep("npx.log", output)}`);
  }
  if (toolchain === undefined) throw new LaunchError(explain(what, output, keep("npx.log", output)));
  remember("toolchain.json", { ...toolchain, versions, machine: machineName() });
  return toolchain;
}

/** Has npx bring Node and pnpm. @returns the toolchain, or the folder of npx that holds half of it, if either */
async function askNpx(versions) {
  const packages = [`--package=node@${versions.node}`, `--package=pnpm@${versions.pnpm}`];
  const report = path.join(root, ".config", "launch", "report.mjs");
  const args = [npxScript(), "--yes", "--prefer-offline", ...packages, "--", "node", report];
  // The node package unpacks its program in an install script, so scripts must run for this one call.
  const env = { ...process.env, ...impatient, npm_config_ignore_scripts: "false", npm_config_loglevel: "warn" };
  const { code, output } = await runQuietly(process.execPath, args, { env, cwd: tmpdir() });
  const line = output.split("\n").find((text) => text.startsWith('{"ohmwork"'));
  if (code !== 0 || line === undefined) return { broken: folderOfError(output), output };
  const { version, node, bin } = JSON.parse(line);
  const pnpm = path.join(bin, "..", "pnpm", "bin", "pnpm.cjs");
  if (version === versions.node && existsSync(pnpm)) return { toolchain: { node, pnpm, bin }, version, output };
  const folder = path.join(bin, "..", "..");
  return { broken: ofNpx.test(folder) ? folder : undefined, version, output };
}

/** A folder that npx made for one set of packages. */
const ofNpx = /[\\/]_npx[\\/][0-9a-f]{16}$/;

/** The folder of its own that npx complains about as incomplete. @param {string} output */
function folderOfError(output) {
  if (!/^npm (?:error|ERR!) code (?:ENOENT|ENOTEMPTY)$/m.test(output)) return undefined;
  const folder = /(?:'|path )([^'\n]+?[\\/]_npx[\\/][0-9a-f]{16})[\\/]/.exec(output)?.[1];
  return folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
}

/** Deletes a folder of npx. @param {string} folder @returns {boolean} it is gone */
function discard(folder) {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false; // not ours to write, or in use on Windows
  }
}

async function installDependencies(toolchain) {
  const env = { ...environment(toolchain), ...impatient, CI: "true" };
  // A production setting would leave out the tools that build and test; `npm run --silent` would hide why an install fails.
  for (const name of Object.keys(env)) {
    if (/^(?:NODE_ENV|npm_config_(?:production|omit|include|only|dev|also|optional|loglevel))$/i.test(name)) delete env[name];
  }
  const args = [toolchain.pnpm, "install", "--frozen-lockfile", "--prod=false", "--prefer-offline", "--reporter=append-only"];
  const { code, output } = await runQuietly(toolchain.node, args, { env });
  if (code !== 0) throw new LaunchError(explain("Installing the dependencies", output, keep("install.log", output)));
}

function keep(name, output) {
  mkdirSync(memory, { recursive: true });
  writeFileSync(path.join(memory, name), output);
  return path.relative(root, path.join(memory, name));
}

/** npm's own npx script: run by this Node it needs no shell, which on Windows `npx.cmd` would. */
function npxScript() {
  const beside = (folder) => path.join(folder, "npx-cli.js");
  const candidates = [];
  const caller = process.env["npm_execpath"];
  if (caller !== undefined && path.basename(caller) === "npm-cli.js") candidates.push(beside(path.dirname(caller)));
  const [, folders = ""] = Object.entries(process.env).find(([name]) => name.toUpperCase() === "PATH") ?? [];
  for (const folder of [path.dirname(process.execPath), ...folders.split(path.delimiter)].filter(Boolean)) {
    if (existsSync(path.join(folder, "npx"))) candidates.push(realpathSync(path.join(folder, "npx")));
    candidates.push(beside(path.join(folder, "node_modules", "npm", "bin")));
    candidates.push(beside(path.join(folder, "..", "lib", "node_modules", "npm", "bin")));
  }
  const script = candidates.find((file) => path.basename(file) === "npx-cli.js" && existsSync(file));
  if (script === undefined)
    throw new LaunchError("npm is missing: install it (it comes with Node.js from https://nodejs.org) and run again");
  return script;
}
