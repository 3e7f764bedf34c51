import { stripVTControlCharacters } from "node:util";
import { BadInputError, exitCodeOf, nearestName, OhmworkError } from "@ohmwork/core";
import { type CommandDef, defineCommand, renderUsage, runCommand } from "citty";
import { VERSION } from "./output.ts";

type Loaders = Readonly<Record<string, () => Promise<CommandDef>>>;

const commands: Loaders = {
  demo: () => import("./commands/demo.ts").then((module) => module.demo),
  learn: () => import("./commands/learn.ts").then((module) => module.learn),
  train: () => import("./commands/train/train.ts").then((module) => module.train),
  twin: () => import("./commands/twin/twin.ts").then((module) => module.twin),
  solve: () => import("./commands/solve.ts").then((module) => module.solve),
  graph: () => import("./commands/graph.ts").then((module) => module.graph),
  differentiate: () => import("./commands/differentiate.ts").then((module) => module.differentiate),
  agent: () => import("./commands/agent.ts").then((module) => module.agent),
  trainer: () => import("./commands/trainer.ts").then((module) => module.trainer),
  run: () => import("./commands/run/run.ts").then((module) => module.run),
  rollout: () => import("./commands/rollout/rollout.ts").then((module) => module.rollout),
  fleet: () => import("./commands/fleet/fleet.ts").then((module) => module.fleet),
  swarm: () => import("./commands/swarm.ts").then((module) => module.swarm),
  board: () => import("./commands/board/board.ts").then((module) => module.board),
  sensor: () => import("./commands/sensor/sensor.ts").then((module) => module.sensor),
  data: () => import("./commands/data/data.ts").then((module) => module.data),
};

const ohmwork = defineCommand({
  meta: { name: "ohmwork", version: VERSION, description: "Physical systems that compute and learn" },
  subCommands: commands,
});

/** Runs one command line and gives its exit code: 0 done, 1 failed, 2 bad input, 3 a disk that takes no more, 130 interrupted. */
async function run(rawArgs: readonly string[]): Promise<number> {
  try {
    if (rawArgs[0] === "--version" || rawArgs[0] === "-v") {
      process.stdout.write(`${VERSION}\n`);
      return 0;
    }
    return await runNamed(ohmwork, rawArgs);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return isUsageError(error) ? 2 : exitCodeOf(error);
  }
}

/** Runs the command of a group that the first word names; commands are loaded when they are named. */
async function runNamed(group: CommandDef, rawArgs: readonly string[]): Promise<number> {
  const [name, ...rest] = rawArgs;
  const loaders = group.subCommands as Loaders;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    writeHelp(await renderUsage(group));
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (load === undefined) throw unknownCommand(name, Object.keys(loaders));
  const command = await load();
  // A command that does something itself can have others below it.
  const below = command.subCommands as Loaders | undefined;
  if (below !== undefined && (command.run === undefined || Object.hasOwn(below, rest[0] ?? ""))) return runNamed(command, rest);
  if (rest.includes("--help") || rest.includes("-h")) {
    writeHelp(await renderUsage(command));
    return 0;
  }
  const { subCommands: _, ...own } = command; // citty would take the first word for one of them
  await runCommand(own, { rawArgs: rest });
  return 0;
}

/** Colours only where a terminal shows them. */
function writeHelp(usage: string): void {
  process.stdout.write(`${process.stdout.isTTY ? usage : stripVTControlCharacters(usage)}\n`);
}

function unknownCommand(name: string, known: readonly string[]): BadInputError {
  const guess = nearestName(name, known);
  return new BadInputError(
    `Unknown command "${name}", ${guess === undefined ? `expected ${known.join(", ")}` : `did you mean ${guess}?`}`,
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

/** A reader that has seen enough, such as head, is no failure; a full disk behind a redirection is. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`Standard output cannot be written: ${error.message}\n`);
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2));
