import { type CommandDef, defineCommand } from "citty";

/** What a person does with a sensor; each command is loaded when it is named. */
export const sensor: CommandDef = defineCommand({
  meta: { name: "ohmwork sensor", description: "Run, teach, calibrate and watch a sensor that hears" },
  subCommands: {
    run: () => import("./run.ts").then((module) => module.run),
    listen: () => import("./listen.ts").then((module) => module.listen),
    record: () => import("./record.ts").then((module) => module.record),
    learn: () => import("./learn.ts").then((module) => module.learn),
    calibrate: () => import("./calibrate.ts").then((module) => module.calibrate),
  },
});
