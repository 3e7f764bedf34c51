import { type CommandDef, defineCommand } from "citty";

/** What a person does with a board; each command is loaded when it is named. */
export const board: CommandDef = defineCommand({
  meta: { name: "ohmwork board", description: "Find, ask, flash, calibrate and test a board" },
  subCommands: {
    list: () => import("./list.ts").then((module) => module.list),
    info: () => import("./info.ts").then((module) => module.info),
    monitor: () => import("./monitor.ts").then((module) => module.monitor),
    calibrate: () => import("./calibrate.ts").then((module) => module.calibrate),
    flash: () => import("./flash.ts").then((module) => module.flash),
    test: () => import("./test.ts").then((module) => module.test),
  },
});
