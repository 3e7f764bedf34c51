import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BadInputError } from "@ohmwork/core";
import { startEmbeddedBroker } from "@ohmwork/runtime";
import { footprintOf } from "./footprint.ts";
import { workspaceVersion } from "./workspace-version.ts";

export type AgentBenchOptions = {
  /** How long the agent is watched while it has nothing to do [s]. @default 20 */
  readonly idleSeconds?: number;
  /** Called with each line of progress. */
  readonly progress?: (line: string) => void;
};

const WANTED_MEBIBYTES = 120;
const WANTED_CORE = 0.02;
/** What a user runs: from its sources, what strips the types takes 40 MiB more. */
const MAIN = join(import.meta.dirname, "../../apps/cli/dist/main.js");

/** What the systemd unit gives to its agent. */
function unitEnvironment(): Record<string, string> {
  const unit = readFileSync(join(import.meta.dirname, "../../apps/agent/ohmwork-agent@.service"), "utf8");
  return Object.fromEntries(
    Array.from(unit.matchAll(/^Environment=([^=]+)=(.*)$/gm), ([, name = "", value = ""]) => [name, value]),
  );
}

function learned(agent: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    agent.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("staying on the broker")) resolve();
    });
    agent.once("exit", () => reject(new BadInputError(`The agent ended before it had learned: ${said}`)));
  });
}

/** What one agent with one simulated device, started as systemd starts it, takes of this machine: while it learns, and with a broker and nothing to do. */
export async function runAgentBench(options: AgentBenchOptions = {}): Promise<object> {
  const { idleSeconds = 20, progress = () => undefined } = options;
  if (process.platform !== "linux") throw new BadInputError("The agent's footprint is read from /proc, which only Linux has");
  if (!existsSync(MAIN)) throw new BadInputError(`${MAIN} is missing: any \`npm run ohmwork\` builds it`);
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-bench-"));
  await using broker = await startEmbeddedBroker({ port: 0 });
  const config = join(folder, "device.yaml");
  writeFileSync(config, `fleet: home\ndevice: iris-1\nbroker: ${broker.url}\nrecipe: iris\nport: simulated\nseed: 1\n`);
  const args = [MAIN, "agent", config, "--state", join(folder, "state")];
  const agent = spawn(process.execPath, args, {
    env: { ...process.env, ...unitEnvironment() },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await learned(agent);
    const pid = agent.pid as number;
    const { peak } = footprintOf(pid);
    progress(`While it learned: at most ${peak.toFixed(0)} MiB`);
    await sleep(2000);
    const before = footprintOf(pid);
    await sleep(idleSeconds * 1000);
    const after = footprintOf(pid);
    const idleCore = (after.processorSeconds - before.processorSeconds) / idleSeconds;
    progress(`Idle: ${after.resident.toFixed(0)} MiB, ${(100 * idleCore).toFixed(2)} % of a core`);
    return {
      schema: "ohmwork.bench.agent/1",
      version: workspaceVersion(),
      task: "bench",
      system: "agent",
      rule: null,
      seed: 1,
      peakMebibytes: peak,
      idleMebibytes: after.resident,
      wantedMebibytes: WANTED_MEBIBYTES,
      idleCore,
      wantedIdleCore: WANTED_CORE,
      idleSeconds,
    };
  } finally {
    agent.kill("SIGKILL");
    await new Promise((resolve) =>
      agent.exitCode === null && agent.signalCode === null ? agent.once("exit", resolve) : resolve(0),
    );
    rmSync(folder, { recursive: true });
  }
}
