import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { AgentProcessOptions } from "./agent-process.ts";
import type { TrainerProcessOptions } from "./trainer-process.ts";

/** A program of this folder as a process of its own. */
export interface NodeProcess extends AsyncDisposable {
  /** The code it ended with; null when it was killed. */
  readonly exited: Promise<number | null>;
  /** Lines it said, as far as they are not asked for: the next one; undefined when it ended first. */
  nextLine(): Promise<string | undefined>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export const startAgentProcess = (options: AgentProcessOptions): NodeProcess => startProgram("agent-process.ts", options);
export const startTrainerProcess = (options: TrainerProcessOptions): NodeProcess => startProgram("trainer-process.ts", options);

function startProgram(file: string, options: object): NodeProcess {
  const args = ["--conditions=@ohmwork/source", "--expose-gc", join(import.meta.dirname, file), JSON.stringify(options)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<number | null>((resolve) => void child.once("close", resolve));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill); // a test that fails must not leave it behind
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const all = (rest + text).split("\n");
    rest = all.pop() ?? "";
    for (const line of all) {
      const wants = waiting.shift();
      if (wants === undefined) lines.push(line);
      else wants(line);
    }
  });
  void exited.then(() => {
    process.off("exit", kill);
    for (const wants of waiting.splice(0)) wants(undefined);
  });
  const end = async (): Promise<void> => {
    kill();
    await exited;
  };
  return {
    exited,
    nextLine: async () => {
      const line = lines.shift();
      if (line !== undefined) return line;
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      return new Promise((resolve) => void waiting.push(resolve));
    },
    kill: end,
    [Symbol.asyncDispose]: end,
  };
}
