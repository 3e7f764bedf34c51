import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";
import { checkPrivate, loadConfig } from "@ohmwork/runtime";
import { z } from "zod";

/** Who may change things over HTTP. */
export interface HttpTokens {
  /** The name beside a token; undefined when nobody has it. */
  nameOf(token: string): string | undefined;
}

const shortest = 32;
const fileSchema: z.ZodType<Readonly<Record<string, string>>> = z.record(
  z.string().regex(/^[\w.@-]{1,64}$/, "expected a name of 1 to 64 letters, digits, _ . @ and -"),
  z.string().min(shortest, `expected a token of ${shortest} characters or more`),
);

/** @param tokens by name */
export function createHttpTokens(tokens: Readonly<Record<string, string>>): HttpTokens {
  const digest = (token: string): Buffer => createHash("sha256").update(token).digest();
  const known = Object.entries(tokens).map(([name, token]) => ({ name, digest: digest(token) }));
  return {
    nameOf: (token) => {
      const given = digest(token);
      return known.find(({ digest: one }) => timingSafeEqual(one, given))?.name;
    },
  };
}

/**
 * Reads a file of tokens, one `name: token` a line. Where there is none it is made, for its owner only, with a token for `operator`.
 *
 * @throws BadInputError when it cannot be made or read, is no such file, or others on this machine may read it
 */
export function loadHttpTokens(file: string): Readonly<Record<string, string>> {
  if (!existsSync(file)) {
    try {
      writeFileSync(file, `operator: ${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
    } catch (cause) {
      throw new BadInputError(`${file}: Cannot be made: ${(cause as Error).message}`, { where: file }, { cause });
    }
  }
  const tokens = loadConfig(file, fileSchema);
  checkPrivate(file);
  return tokens;
}
