import { generateKeyPairSync, verify } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadSigningKey } from "./signing-key.ts";

function keep(pem: string, mode = 0o600): string {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-key-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "update-key.pem");
  writeFileSync(file, pem);
  chmodSync(file, mode);
  return file;
}
const pemOf = (pair: ReturnType<typeof generateKeyPairSync>): string =>
  pair.privateKey.export({ format: "pem", type: "pkcs8" }) as string;

describe("loadSigningKey()", () => {
  it("signs so that the public key of the pair verifies it", async () => {
    const pair = generateKeyPairSync("ed25519");
    const signer = await loadSigningKey(keep(pemOf(pair)));
    const { payload, signature } = await signer.sign("update", Uint8Array.of(1, 2, 3));
    const signed = Buffer.concat([Buffer.from("ohmwork/v1/update\0"), payload]);
    expect(verify(null, signed, pair.publicKey, signature)).toBe(true);
    expect(Buffer.from(signer.publicKey).toString("base64url")).toBe(pair.publicKey.export({ format: "jwk" }).x);
  });

  it("refuses a key that others may read, another kind of key, and what is none, and shows nothing of it", async () => {
    const pem = pemOf(generateKeyPairSync("ed25519"));
    await expect(loadSigningKey(keep(pem, 0o640))).rejects.toThrow(/Others may get at this secret \(mode 640\)/);
    for (const other of [pemOf(generateKeyPairSync("x25519")), "secret words", pem.replace("A", "!")]) {
      await expect(loadSigningKey(keep(other))).rejects.toThrow(/^\S+: Holds no Ed25519 private key \(PEM\)$/);
    }
    await expect(loadSigningKey("/nowhere/update-key.pem")).rejects.toThrow("/nowhere/update-key.pem: Cannot be read: ENOENT");
  });
});
