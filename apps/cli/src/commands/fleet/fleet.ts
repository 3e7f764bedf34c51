import { type CommandDef, defineCommand } from "citty";

/** Who belongs to a fleet; each command is loaded when it is named. */
export const fleet: CommandDef = defineCommand({
  meta: {
    name: "ohmwork fleet",
    description: "Say who belongs to a fleet, make what they and the broker need for it, and send updates",
  },
  subCommands: {
    init: () => import("./init.ts").then((module) => module.init),
    add: () => import("./add.ts").then((module) => module.add),
    revoke: () => import("./revoke.ts").then((module) => module.revoke),
    list: () => import("./list.ts").then((module) => module.list),
    send: () => import("./send.ts").then((module) => module.send),
    set: () => import("./set.ts").then((module) => module.set),
  },
});
