import { type CommandDef, defineCommand } from "citty";
import { trainTasks } from "../../train/read-task.ts";
import { trainTask } from "./train-task.ts";

/** Physical systems that are trained by way of their twins. */
export const train: CommandDef = defineCommand({
  meta: { name: "ohmwork train", description: "Train a physical system that cannot learn by itself, by way of its twin" },
  subCommands: {
    ...Object.fromEntries(Object.entries(trainTasks).map(([name, task]) => [name, async () => trainTask(name, task)])),
    "wake-word": () => import("./wake-word.ts").then((module) => module.wakeWord),
    picture: () => import("./picture.ts").then((module) => module.picture),
    table: () => import("./table.ts").then((module) => module.table),
  },
});
