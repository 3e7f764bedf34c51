import { z } from "zod";
import { checkFits } from "./codec.ts";
import { text } from "./fields.ts";
import { idSchema } from "./id.ts";
import type { Command } from "./messages/steering.ts";
import type { Result } from "./result.ts";

/** What the arguments of each command say. The name of a command stands in its topic. */
export type CommandArguments = {
  readonly replay: { readonly boot: string; readonly from: number };
  readonly release: { readonly run: string };
  readonly evidence: { readonly id?: string };
  readonly "learn-this": { readonly label?: string; readonly evidence?: string };
};
export type CommandName = keyof CommandArguments;

/** Every command that is known by name; a device refuses others with `unknown-command`. */
export const commands: {
  readonly [Name in CommandName]: { readonly says: string; readonly schema: z.ZodType<CommandArguments[Name]> };
} = {
  replay: {
    says: "send again what is still there of a boot, from one sample on: one before it never came",
    schema: z.object({
      boot: idSchema.describe("whose samples"),
      from: z.int().min(1).describe("`seq` of the first that is wanted"),
    }),
  },
  release: {
    says: "end the lease of a run now, and program the committed set again",
    schema: z.object({ run: idSchema.describe("whose lease") }),
  },
  evidence: {
    says: "publish the sound behind an answer, and what was measured of it, as `evidence`",
    schema: z.object({ id: z.exactOptional(idSchema).describe("of the answer; the last one where it is left out") }),
  },
  "learn-this": {
    says: "label the sound behind an answer",
    schema: z.object({
      label: z.exactOptional(text).describe("what it was; what it was taken for where it is left out"),
      evidence: z.exactOptional(idSchema).describe("of the answer; the last one where it is left out"),
    }),
  },
};

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** The arguments of a command, or why they are none. Unknown arguments are left out. */
export function argumentsOf<Name extends CommandName>(name: Name, command: Command): Result<CommandArguments[Name]> {
  return checkFits(`Arguments of ${name}`, commands[name].schema, command.arguments);
}
