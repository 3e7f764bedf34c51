import { type CommandDef, defineCommand } from "citty";

/** Differentiable models of physical systems. */
export const twin: CommandDef = defineCommand({
  meta: { name: "ohmwork twin", description: "Differentiable models of physical systems" },
  subCommands: {
    fit: () => import("./fit.ts").then((module) => module.fit),
  },
});
