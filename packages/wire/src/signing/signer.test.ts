import { createHash, createPrivateKey, createPublicKey, sign as nodeSign } from "node:crypto";
import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { Encoder } from "cbor-x";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { encodeCbor } from "../cbor.ts";
import { leases, parameterSets, updates } from "../testing/arbitraries.ts";
import { createExamples } from "../testing/examples.ts";
import { mutate } from "../testing/mutate.ts";
import { openLease, signLease } from "./lease.ts";
import { openParameterSet, sealParameterSet } from "./parameter-set.ts";
import { openUpdate, signUpdate } from "./update.ts";
import { createSigner, keyIdOf, signedBytes } from "./signer.ts";
import { trustKeys, verifySigned } from "./verify-signed.ts";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** RFC 8032 §7.1: private and public keys of tests 1 to 3. */
const published = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
  ],
] as const;

const schema = z.object({ say: z.string() });
const payload = encodeCbor({ v: 1, say: "up" });
const signer = await createSigner(bytesOf(published[0][0]));
const trusted = await trustKeys([signer.publicKey]);

describe("createSigner()", () => {
  it.each(published)("finds the public key of %s as RFC 8032 does", async (privateKey, publicKey) => {
    const { publicKey: found, key } = await createSigner(bytesOf(privateKey));
    expect(hexOf(found)).toBe(publicKey);
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(key).toBe(await keyIdOf(bytesOf(publicKey)));
  });
  it("signs as another implementation does", async () => {
    const { signature } = await signer.sign("update", payload);
    const pkcs8 = Buffer.from(`302e020100300506032b657004220420${published[0][0]}`, "hex");
    const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    // Written out: what is signed is part of the format.
    const signed = Buffer.concat([Buffer.from("ohmwork/v1/update\0", "latin1"), payload]);
    expect(hexOf(signature)).toBe(nodeSign(null, signed, key).toString("hex"));
    expect(createPublicKey(key).export({ format: "jwk" })["x"]).toBe(Buffer.from(signer.publicKey).toString("base64url"));
  });
  it("refuses keys of another length", async () => {
    await expect(createSigner(new Uint8Array(31))).rejects.toThrow(new RangeError("Private key must have 32 bytes: 31 given"));
    await expect(trustKeys([new Uint8Array(33)])).rejects.toThrow(RangeError);
  });
});

describe("verifySigned()", () => {
  it("gives what a trusted key has signed, without keys it does not know", async () => {
    const more = encodeCbor({ v: 1, say: "up", later: [1] });
    expect(await verifySigned("update", await signer.sign("update", more), trusted, schema)).toEqual({
      ok: true,
      value: { say: "up" },
    });
  });
  it("refuses another purpose, another key and a key that is not trusted", async () => {
    const signed = await signer.sign("update", payload);
    expect(await verifySigned("lease", signed, trusted, schema)).toEqual({
      ok: false,
      reason: "unsigned",
      detail: `The signature of the lease is not that of key ${signer.key}`,
    });
    const other = await createSigner(bytesOf(published[1][0]));
    const { signature } = await other.sign("update", payload);
    expect(await verifySigned("update", { ...signed, signature }, trusted, schema)).toMatchObject({ reason: "unsigned" });
    expect(await verifySigned("update", await other.sign("update", payload), trusted, schema)).toMatchObject({
      reason: "unsigned",
      detail: `The update is signed with key ${other.key}, which is not trusted`,
    });
    expect(await verifySigned("update", { ...signed, key: other.key }, await trustKeys([other.publicKey]), schema)).toMatchObject(
      {
        reason: "unsigned",
      },
    );
  });
  it("refuses every single flipped bit of payload and signature", async () => {
    const signed = await signer.sign("update", payload);
    for (const what of ["payload", "signature"] as const) {
      for (let bit = 0; bit < signed[what].length * 8; bit += 1) {
        const changed = Uint8Array.from(signed[what]);
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
        expect(await verifySigned("update", { ...signed, [what]: changed }, trusted, schema)).toMatchObject({
          reason: "unsigned",
        });
      }
    }
  });
  it.each([
    ["is not CBOR", bytesOf("ff"), "malformed"],
    ["is not in deterministic form", bytesOf("a26373617962757061761801"), "malformed"],
    ["is of another version", encodeCbor({ v: 2, say: "up" }), "unknown-version"],
    ["does not fit", encodeCbor({ v: 1, say: 3 }), "invalid"],
  ])("refuses what was signed but %s", async (_, bytes, reason) => {
    expect(await verifySigned("update", await signer.sign("update", bytes), trusted, schema)).toMatchObject({
      ok: false,
      reason,
    });
  });
  it("never throws on any bytes", async () => {
    const any = fc.record({ key: fc.constantFrom(signer.key, "k"), payload: fc.uint8Array(), signature: fc.uint8Array() });
    await fc.assert(
      fc.asyncProperty(any, async (signed) => {
        expect(await verifySigned("update", signed, trusted, schema)).toMatchObject({ ok: false, reason: "unsigned" });
      }),
      { numRuns: 300 },
    );
  });
  it("never throws on what a trusted key has signed, whatever it is", async (context) => {
    const { payloads, set, update, lease } = await createExamples();
    const { bytes } = await sealParameterSet(set);
    const good = [
      payloads.desired.payload,
      payloads.respond.grant!.payload,
      encodeCbor({ v: 1, ...update }),
      encodeCbor({ v: 1, ...lease }),
    ];
    const seed = testSeed(1);
    const random = createRandom(seed, "signed payloads");
    const seen = { accepted: 0, refused: 0 };
    for (let n = scaled(20_000); n > 0; n -= 1) {
      const changed = mutate(good[random.below(good.length)]!, random);
      const results = [
        await openUpdate(await signer.sign("update", changed), trusted),
        await openLease(await signer.sign("lease", changed), trusted),
        await openParameterSet(mutate(bytes, random)),
      ];
      for (const { ok } of results) seen[ok ? "accepted" : "refused"] += 1;
    }
    expect(seen.accepted).toBeGreaterThan(10);
    expect(seen.refused).toBeGreaterThan(1000);
    recordGuarantee(context, {
      guarantee: "P19",
      fault: "changed updates, leases and parameter sets under a good signature",
      count: scaled(20_000),
      seed,
    });
  });
  it("keeps purposes apart whatever the payload", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(hexOf(signedBytes("update", a))).not.toBe(hexOf(signedBytes("lease", b)));
      }),
    );
  });
});

const runs = { numRuns: 200 };
/** Another writer of CBOR, which takes keys as they come and two bytes for the length of every map. */
const loose = new Encoder({ useRecords: false, variableMapSize: false, tagUint8Array: false });

describe("what is signed", () => {
  it("comes back as any update it was, without keys that are not known", async () => {
    await fc.assert(
      fc.asyncProperty(updates, parameterSets, async (any, set) => {
        const sealed = await sealParameterSet(set);
        const update = { ...any, set: sealed.bytes };
        const signed = await signUpdate(update, signer);
        expect(await openUpdate(signed, trusted)).toMatchObject({ ok: true, value: { update, set, setId: sealed.id } });
        const later = await signer.sign("update", encodeCbor({ v: 1, ...update, zz: 1, evidence: { samples: 1, zz: 2 } }));
        expect(await openUpdate(later, trusted)).toMatchObject({
          ok: true,
          value: { update: { ...update, evidence: { samples: 1 } } },
        });
        expect(await openUpdate(await signer.sign("update", loose.encode({ v: 1, ...update })), trusted)).toMatchObject({
          reason: "malformed",
        });
        expect(await openUpdate(await signer.sign("update", encodeCbor({ v: 2, ...update })), trusted)).toMatchObject({
          reason: "unknown-version",
        });
      }),
      runs,
    );
  });
  it("comes back as any lease it was", async () => {
    await fc.assert(
      fc.asyncProperty(leases, async (lease) => {
        expect(await openLease(await signLease(lease, signer), trusted)).toMatchObject({ ok: true, value: { lease } });
        expect(await openLease(await signer.sign("lease", loose.encode({ v: 1, ...lease })), trusted)).toMatchObject({
          reason: "malformed",
        });
      }),
      runs,
    );
  });
  it("holds parameter sets that are what they are named by", async () => {
    await fc.assert(
      fc.asyncProperty(parameterSets, parameterSets, async (a, b) => {
        const [one, other] = [await sealParameterSet(a), await sealParameterSet(b)];
        expect(one.id === other.id).toBe(hexOf(one.bytes) === hexOf(other.bytes));
        expect(one.id).toBe(createHash("sha256").update(one.bytes).digest("hex"));
        expect(await openParameterSet(loose.encode({ v: 1, ...a }))).toMatchObject({ reason: "malformed" });
      }),
      runs,
    );
  });
});
