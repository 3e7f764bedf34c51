import { type CommandDef, defineCommand } from "citty";

/** Trainings of devices of a fleet, by its trainers; each command is loaded when it is named. */
export const run: CommandDef = defineCommand({
  meta: { name: "ohmwork run", description: "Train devices of a fleet where they stand, through a trainer's HTTP" },
  subCommands: {
    start: () => import("./start.ts").then((module) => module.start),
    list: () => import("./list.ts").then((module) => module.list),
    show: () => import("./show.ts").then((module) => module.show),
    pause: () => import("./wish.ts").then((module) => module.pause),
    resume: () => import("./wish.ts").then((module) => module.resume),
    cancel: () => import("./wish.ts").then((module) => module.cancel),
  },
});
