import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { requireMosquitto } from "@ohmwork/runtime/testing";
import { openPostgres, requirePostgres } from "@ohmwork/trainer/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { commandsOf, scriptOf } from "./page-commands.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/operate.md"), "utf8");
const main = join(import.meta.dirname, "../../apps/cli/src/main.ts");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

/** Runs a script in a group of its own, so that nothing that it started outlives the test. */
function runScript(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; said: string }> {
  const shell = spawn("bash", ["-c", script], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const endAll = (): void => {
    try {
      process.kill(-(shell.pid as number), "SIGKILL");
    } catch {
      // they have all ended
    }
  };
  onTestFinished(endAll);
  let said = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    shell.once("error", reject);
    shell.once("exit", (code) => {
      endAll();
      resolve({ code, said });
    });
  });
}

/** The end of each log. */
const logsIn = (folder: string, characters = 1000): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .map((name) => `-- ${name}\n${readFileSync(join(folder, name), "utf8").slice(-characters)}`)
    .join("\n");

describe("docs/operate.md", () => {
  it("does what it says, from an empty folder to a run, a rollout, a restore and a device that is revoked", async (context) => {
    requireMosquitto(context);
    requirePostgres(context);
    const missing = ["bash", "curl"].find((program) => spawnSync(program, ["--version"]).status !== 0);
    if (missing !== undefined && process.env["OHMWORK_REQUIRE_ALL"] !== "1") context.skip(`${missing} is not installed`);
    await using postgres = await openPostgres();
    const DATABASE_URL = await postgres.createDatabase();
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-operate-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [bin, cwd] = [join(folder, "bin"), join(folder, "fleet")];
    mkdirSync(bin);
    mkdirSync(cwd);
    const ohmwork = `#!/bin/sh\nexec "${process.execPath}" --conditions=@ohmwork/source "${main}" "$@"\n`;
    writeFileSync(join(bin, "ohmwork"), ohmwork, { mode: 0o755 });
    const path = [bin, process.env["PATH"], "/usr/sbin", "/usr/local/sbin"].join(delimiter);
    const ports = { MQTT_PORT: await freePort(), HTTP_1: await freePort(), HTTP_2: await freePort() };
    const numbers = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
    const env = { ...process.env, PATH: path, NO_COLOR: "1", DATABASE_URL, ...numbers };

    const { code, said } = await runScript(scriptOf(commandsOf(page)), cwd, env);
    expect(code, `${said}\n${logsIn(cwd)}`).toBe(0);
    const text = (name: string): string => readFileSync(join(cwd, name), "utf8");
    expect(text("run.txt")).toMatch(/ {2}done {2}digits on swing-1, swing-2 .* right of 359/);
    expect(text("rollout.txt")).toMatch(/^better {2}done, wave 2: 2 good$/m);
    expect(text("rollout.txt")).toMatch(/swing-2 +wave 2 {2}good v1/);
    expect(said).toMatch(/ohmwork_trainer_devices\{state="online"\} 3/);
    expect(said).toMatch(/device swing-2 +revoked/);
    expect(text("samples.csv")).toMatch(/^fleet,device,boot,/);
    expect(text("again.jsonl")).toContain('"table":"run_exchanges"');
    const secrets = readdirSync(cwd).flatMap(
      (name) => /^password: (.+)$/m.exec(name.endsWith(".yaml") ? text(name) : "")?.[1] ?? [],
    );
    expect(secrets).toHaveLength(5);
    for (const secret of secrets) expect(said + logsIn(cwd, Infinity)).not.toContain(secret);
  }, 300_000);
});
