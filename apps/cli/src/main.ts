import { BadInputError, exitCodeOf, nearestName, OhmworkError } from "@ohmwork/core";
import { defineCommand, renderUsage, runCommand } from "citty";
import { VERSION } from "./output.ts";

const commands = {
  demo: () => import("./commands/demo.ts").then((module) => module.demo),
  learn: () => import("./commands/learn.ts").then((module) => module.learn),
  solve: () => import("./commands/solve.ts").then((module) => module.solve),
  agent: () => import("./commands/agent.ts").then((module) => module.agent),
  trainer: () => import("./commands/trainer.ts").then((module) => module.trainer),
} as const;

const ohmwork = defineCommand({
  meta: { name: "ohmwork", version: VERSION, description: "Physical systems that compute and learn" },
  subCommands: commands,
});

/** Runs one command line and gives its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted. */
async function run(rawArgs: readonly string[]): Promise<number> {
  try {
    const [name, ...rest] = rawArgs;
    if (name === "--version" || name === "-v") {
      process.stdout.write(`${VERSION}\n`);
      return 0;
    }
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      process.stdout.write(`${await renderUsage(ohmwork)}\n`);
      return name === undefined ? 2 : 0;
    }
    if (!Object.hasOwn(commands, name)) throw unknownCommand(name);
    const command = await commands[name as keyof typeof commands]();
    if (rest.includes("--help") || rest.includes("-h")) {
      process.stdout.write(`${await renderUsage(command)}\n`);
      return 0;
    }
    await runCommand(command, { rawArgs: [...rest] });
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return isUsageError(error) ? 2 : exitCodeOf(error);
  }
}

function unknownCommand(name: string): BadInputError {
  const guess = nearestName(name, Object.keys(commands));
  return new BadInputError(
    `Unknown command "${name}", ${guess === undefined ? `expected ${Object.keys(commands).join(", ")}` : `did you mean ${guess}?`}`,
  );
}

/** What the option parser throws for a missing or impossible value. */
function isUsageError(error: unknown): boolean {
  return error instanceof Error && error.name === "CLIError";
}

/** One line for what a user can act on; a stack only for what is our own fault. */
function messageOf(error: unknown): string {
  if (error instanceof OhmworkError || isUsageError(error)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exitCode = await run(process.argv.slice(2));
