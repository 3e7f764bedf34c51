import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";
import { createSigner, type Signer } from "@ohmwork/wire";
import { checkPrivate } from "./credentials.ts";

/**
 * Reads the key that signs updates: `update-key.pem` of `ohmwork fleet init`, an Ed25519 private key in PKCS #8 (PEM).
 *
 * @throws BadInputError in one line that shows nothing of it, when it cannot be read, is no such key, or others on this machine may read it
 */
export async function loadSigningKey(file: string): Promise<Signer> {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (cause) {
    throw new BadInputError(`${file}: Cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { where: file }, { cause });
  }
  checkPrivate(file);
  const secret = privateKeyIn(pem);
  if (secret === undefined) throw new BadInputError(`${file}: Holds no Ed25519 private key (PEM)`, { where: file });
  return createSigner(secret);
}

/** Undefined when there is none; what OpenSSL says of it is for nobody to read. */
function privateKeyIn(pem: string): Uint8Array | undefined {
  try {
    const { d } = createPrivateKey(pem).export({ format: "jwk" });
    const secret = new Uint8Array(Buffer.from(d ?? "", "base64url"));
    return createPrivateKey(pem).asymmetricKeyType === "ed25519" ? secret : undefined;
  } catch {
    return undefined;
  }
}
