import { recordGuarantee } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../codec.ts";
import { type Kind, kinds, type Payloads } from "../message-map.ts";
import { createReassembler } from "../parts/reassembler.ts";
import { splitMessage } from "../parts/split-message.ts";
import { openLease } from "../signing/lease.ts";
import { openParameterSet } from "../signing/parameter-set.ts";
import { openUpdate } from "../signing/update.ts";
import { trustKeys } from "../signing/verify-signed.ts";
import { parseTopic } from "../topic.ts";
import firstFleet from "./first-fleet.json" with { type: "json" };
import hearingFleet from "./hearing-fleet.json" with { type: "json" };
import leasingFleet from "./leasing-fleet.json" with { type: "json" };
import nextFleet from "./next-fleet.json" with { type: "json" };
import parts from "./parts.json" with { type: "json" };
import signedFleet from "./signed-fleet.json" with { type: "json" };

// Files of messages that were on the wire once. They are never written again: what devices in the field have sent and
// stored must be read by whatever comes after, and what they are sent must stay what they can read (P18).

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** JSON has no arrays of floats and bytes; `null` stands for NaN in one of floats. */
const revived = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) => {
    if (typeof one !== "object" || one === null) return one;
    if ("float32" in one) return Float32Array.from(one.float32 as (number | null)[], (x) => x ?? Number.NaN);
    return "bytes" in one ? bytesOf(one.bytes as string) : one;
  });

describe("messages of the first fleet", () => {
  it.each(firstFleet)("are read as they were meant, and written as they were: $kind", ({ kind, topic, hex, payload }) => {
    expect(parseTopic(topic)).toMatchObject({ ok: true, value: { kind } });
    expect(decode(kind as Kind, bytesOf(hex))).toEqual({ ok: true, value: revived(payload) });
    expect(hexOf(encode(kind as Kind, revived(payload) as Payloads[Kind]))).toBe(hex);
  });
});

describe("messages of the first fleet that answers under leases", () => {
  it.each(leasingFleet)("are read as they were meant, and written as they were: $kind", ({ kind, topic, hex, payload }) => {
    expect(parseTopic(topic)).toMatchObject({ ok: true, value: { kind } });
    expect(decode(kind as Kind, bytesOf(hex))).toEqual({ ok: true, value: payload });
    expect(hexOf(encode(kind as Kind, payload as unknown as Payloads[Kind]))).toBe(hex);
  });
});

describe("messages of the first fleet that hears", () => {
  it.each(hearingFleet)("are read as they were meant, and written as they were: $kind", ({ kind, topic, hex, payload }) => {
    expect(parseTopic(topic)).toMatchObject({ ok: true, value: { kind } });
    expect(decode(kind as Kind, bytesOf(hex))).toEqual({ ok: true, value: revived(payload) });
    expect(hexOf(encode(kind as Kind, revived(payload) as Payloads[Kind]))).toBe(hex);
  });
});

describe("messages of the first fleet that takes updates", () => {
  it("are all there, with those that came later", (context) => {
    const all = [...signedFleet.messages, ...hearingFleet.filter(({ kind }) => kind === "evidence")];
    expect(all.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
    const { more, refused, topics } = nextFleet;
    const count = [firstFleet, leasingFleet, hearingFleet, signedFleet.messages, more, refused, topics].flat().length;
    recordGuarantee(context, { guarantee: "P18", fault: "messages and topics of other versions", count });
  });
  it.each(signedFleet.messages)(
    "are read as they were meant, and written as they were: $kind",
    ({ kind, topic, hex, payload }) => {
      expect(parseTopic(topic)).toMatchObject({ ok: true, value: { kind } });
      expect(decode(kind as Kind, bytesOf(hex))).toEqual({ ok: true, value: revived(payload) });
      expect(hexOf(encode(kind as Kind, revived(payload) as Payloads[Kind]))).toBe(hex);
    },
  );
  it("are signed for good", async () => {
    const trusted = await trustKeys([bytesOf(signedFleet.publicKey)]);
    const { update, set, setId, lease } = signedFleet.inside;
    const hexOfKind = (wanted: Kind): string => signedFleet.messages.find(({ kind }) => kind === wanted)?.hex ?? "";
    const desired = decode("desired", bytesOf(hexOfKind("desired")));
    const opened = desired.ok ? await openUpdate(desired.value, trusted) : desired;
    expect(opened).toMatchObject({ ok: true, value: { update: revived(update), set: revived(set), setId } });
    const respond = decode("respond", bytesOf(hexOfKind("respond")));
    const grant = respond.ok ? respond.value.grant : undefined;
    expect(grant && (await openLease(grant, trusted))).toMatchObject({ ok: true, value: { lease: revived(lease) } });
  });
});

describe("parts of the first fleet that takes updates", () => {
  it("make the message they are of, and are made of it as they were", async () => {
    const reassembler = createReassembler();
    const got = await Promise.all(parts.parts.map((hex) => reassembler.accept("s", bytesOf(hex), 0)));
    expect(got.flatMap((result) => (result.ok && result.value !== undefined ? [hexOf(result.value)] : []))).toEqual([
      parts.message,
    ]);
    expect((await splitMessage(bytesOf(parts.message), parts.id, parts.limitBytes)).map(hexOf)).toEqual(parts.parts);
  });
});

describe("messages of a later fleet", () => {
  it.each(nextFleet.more)("are read without what is not known here: $kind", ({ kind, text, payload }) => {
    expect(decode(kind as Kind, new TextEncoder().encode(text))).toEqual({ ok: true, value: payload });
  });
  it.each(nextFleet.refused)("are refused where they are of another version: $kind", ({ kind, hex }) => {
    expect(decode(kind as Kind, bytesOf(hex))).toEqual({
      ok: false,
      reason: "unknown-version",
      detail: `Payload of ${kind} has version 2, expected 1`,
    });
  });
  it.each(nextFleet.topics)("are refused on topics of another version or kind: $topic", ({ topic, reason }) => {
    expect(parseTopic(topic)).toMatchObject({ ok: false, reason });
  });
  it("keep parameter sets whole that say more than is known here", async () => {
    const { hex, id, set } = nextFleet.set;
    expect(await openParameterSet(bytesOf(hex))).toEqual({ ok: true, value: { id, set: revived(set) } });
  });
});
