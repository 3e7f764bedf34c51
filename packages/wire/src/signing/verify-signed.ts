import type { z } from "zod";
import { decodeCbor } from "../cbor-decode.ts";
import { checkVersioned } from "../codec.ts";
import type { Signed } from "../messages/steering.ts";
import { refused, type Result } from "../result.ts";
import { type Domain, keyIdOf, signedBytes } from "./signer.ts";

/** Keys whose signatures count, by id. */
export type TrustedKeys = ReadonlyMap<string, (message: Uint8Array, signature: Uint8Array) => Promise<boolean>>;

/** @param publicKeys 32 bytes each @throws RangeError when one has not */
export async function trustKeys(publicKeys: readonly Uint8Array[]): Promise<TrustedKeys> {
  const keys = publicKeys.map(
    async (bytes): Promise<[string, (message: Uint8Array, signature: Uint8Array) => Promise<boolean>]> => {
      const id = await keyIdOf(bytes);
      const key = await crypto.subtle.importKey("raw", new Uint8Array(bytes), "Ed25519", false, ["verify"]);
      return [
        id,
        (message, signature) => crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(message)),
      ];
    },
  );
  return new Map(await Promise.all(keys));
}

/**
 * What a trusted key has signed for this purpose, or why it does not count. Never throws, whatever the bytes. Nothing in the
 * payload is looked at before the signature was found to be good.
 */
export async function verifySigned<Value>(
  domain: Domain,
  signed: Signed,
  trusted: TrustedKeys,
  schema: z.ZodType<Value>,
): Promise<Result<Value>> {
  const verify = trusted.get(signed.key);
  if (verify === undefined) return refused("unsigned", `The ${domain} is signed with key ${signed.key}, which is not trusted`);
  const isGood = await verify(signedBytes(domain, signed.payload), signed.signature);
  if (!isGood) return refused("unsigned", `The signature of the ${domain} is not that of key ${signed.key}`);
  const decoded = decodeCbor(signed.payload);
  return decoded.ok ? checkVersioned(`The ${domain}`, schema, decoded.value) : decoded;
}
