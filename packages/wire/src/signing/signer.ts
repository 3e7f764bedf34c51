import { concatenate } from "../cbor.ts";
import type { Signed } from "../messages/steering.ts";
import { sha256Hex } from "./sha256.ts";

/** What a signature is for; a signature for one of them is none for another. */
export type Domain = "update" | "lease";

/** Signs in the name of one key. */
export interface Signer {
  /** Id of the key. */
  readonly key: string;
  /** What others need to check it [32 bytes]; no secret. */
  readonly publicKey: Uint8Array;
  sign(domain: Domain, payload: Uint8Array): Promise<Signed>;
}

const keyLength = 32;
/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410 §7). */
const pkcs8Head = Uint8Array.of(0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20);

/**
 * A signer by Ed25519 (RFC 8032) through WebCrypto.
 *
 * @param privateKey 32 bytes, as random as a secret must be
 * @throws RangeError when there are not 32 bytes
 */
export async function createSigner(privateKey: Uint8Array): Promise<Signer> {
  checkLength("Private", privateKey);
  const pkcs8 = concatenate([pkcs8Head, privateKey]);
  const secret = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", secret);
  const publicKey = Uint8Array.from(atob(x.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const key = await keyIdOf(publicKey);
  return {
    key,
    publicKey,
    sign: async (domain, payload) => {
      const signature = await crypto.subtle.sign("Ed25519", secret, signedBytes(domain, payload));
      return { key, payload, signature: new Uint8Array(signature) };
    },
  };
}

/** Id of a public key: the first 32 hexadecimal digits of its sha256. @throws RangeError when there are not 32 bytes */
export async function keyIdOf(publicKey: Uint8Array): Promise<string> {
  checkLength("Public", publicKey);
  return (await sha256Hex(publicKey)).slice(0, 32);
}

/** What is really signed: the payload behind what it is for, so that nothing can be taken for something else. */
export function signedBytes(domain: Domain, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatenate([new TextEncoder().encode(`ohmwork/v1/${domain}\0`), payload]);
}

function checkLength(what: string, key: Uint8Array): void {
  if (key.length !== keyLength) throw new RangeError(`${what} key must have ${keyLength} bytes: ${key.length} given`);
}
