import { type CommandDef, defineCommand } from "citty";

/** Who belongs to a fleet; each command is loaded when it is named. */
export const fleet: CommandDef = defineCommand({
  meta: { name: "ohmwork fleet", description: "Say who belongs to a fleet, and make what they and the broker need for it" },
  subCommands: {
    init: () => import("./init.ts").then((module) => module.init),
    add: () => import("./add.ts").then((module) => module.add),
    revoke: () => import("./revoke.ts").then((module) => module.revoke),
    list: () => import("./list.ts").then((module) => module.list),
  },
});
