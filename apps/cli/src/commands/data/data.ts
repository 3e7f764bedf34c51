import { type CommandDef, defineCommand } from "citty";

/** Data sets that are too large to come along. */
export const data: CommandDef = defineCommand({
  meta: { name: "ohmwork data", description: "Fetch data sets that are too large to come along" },
  subCommands: {
    get: () => import("./get.ts").then((module) => module.get),
  },
});
