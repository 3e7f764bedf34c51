import { statSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";
import { idSchema } from "@ohmwork/wire";
import { z } from "zod";
import { loadConfig } from "../load-config.ts";

/** How a client proves to a broker who it is, and the broker to it. Secret: for no log and no command line. */
export type Credentials = {
  readonly username?: string;
  readonly password?: string;
  /** Certificate of the authority whose brokers are trusted (PEM). @default those that the machine trusts */
  readonly ca?: string;
  /** Own certificate, and its private key (PEM). */
  readonly cert?: string;
  readonly key?: string;
  /**
   * Of trainers: the name under which they share samples. mosquitto 2.0 lets anybody who knows it join, and gives them a share
   * of the samples that it then does not deliver; so nobody else may know it.
   */
  readonly group?: string;
};

const pem = z.string().regex(/^-----BEGIN /, "expected PEM, which begins with -----BEGIN");
const credentialsSchema: z.ZodType<Credentials> = z
  .strictObject({
    username: z.exactOptional(z.string().min(1)),
    password: z.exactOptional(z.string().min(1)),
    ca: z.exactOptional(pem),
    cert: z.exactOptional(pem),
    key: z.exactOptional(pem),
    group: z.exactOptional(idSchema),
  })
  .refine(
    ({ username, password, cert, key }) =>
      (cert === undefined) === (key === undefined) && (username === undefined) === (password === undefined),
    {
      message: "expected username with password, and cert with key",
    },
  );

/**
 * Reads the file that `ohmwork fleet add` makes for one member.
 *
 * @throws BadInputError in one line, when it cannot be read, is not such a file, or others on this machine may read it
 */
export function loadCredentials(file: string): Credentials {
  const credentials = loadConfig(file, credentialsSchema);
  checkPrivate(file);
  return credentials;
}

/** @throws BadInputError when others than its owner may do anything with a file or folder; Windows keeps that elsewhere */
export function checkPrivate(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new BadInputError(
    `${path}: Others may get at this secret (mode ${mode.toString(8)}): run chmod go= ${JSON.stringify(path)}, and revoke it if they did`,
    { where: path },
  );
}
