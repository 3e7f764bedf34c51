import { type CommandDef, defineCommand } from "citty";

/** Updates to many devices, wave by wave; each command is loaded when it is named. */
export const rollout: CommandDef = defineCommand({
  meta: { name: "ohmwork rollout", description: "Bring parameter sets to many devices, wave by wave, through a trainer's HTTP" },
  subCommands: {
    start: () => import("./start.ts").then((module) => module.start),
    list: () => import("./list.ts").then((module) => module.list),
    show: () => import("./show.ts").then((module) => module.show),
    approve: () => import("./say.ts").then((module) => module.approve),
    stop: () => import("./say.ts").then((module) => module.stop),
    resume: () => import("./say.ts").then((module) => module.resume),
    rollback: () => import("./say.ts").then((module) => module.rollback),
  },
});
