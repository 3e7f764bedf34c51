import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { Encoder } from "cbor-x";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCbor } from "./cbor.ts";
import { decode, encode, payloadLimitBytes } from "./codec.ts";
import { kinds, messages, type Payloads } from "./message-map.ts";
import type { Sample } from "./messages/reports.ts";
import { createReassembler } from "./parts/reassembler.ts";
import { longestMessageBytes, splitMessage } from "./parts/split-message.ts";
import { payloads } from "./testing/arbitraries.ts";
import { createExamples } from "./testing/examples.ts";
import { mutate } from "./testing/mutate.ts";

const sample: Sample = {
  boot: "b1",
  seq: 1,
  id: "b1-1",
  at: 1_700_000_000_000,
  clockSynchronised: false,
  task: "iris",
  revision: 3,
  inputs: Float32Array.of(0, 1.5),
  measured: { outputs: Float32Array.of(2.5) },
  label: Float32Array.of(Number.NaN),
};
const asJson = (json: string): Uint8Array => new TextEncoder().encode(json);

describe("encode()", () => {
  it.each(kinds)("and decode() give back every %s", (kind) => {
    fc.assert(
      fc.property(payloads[kind] as fc.Arbitrary<Payloads[typeof kind]>, (payload) => {
        expect(decode(kind, encode(kind, payload))).toEqual({ ok: true, value: payload });
      }),
      { numRuns: 500 },
    );
  });
  it.each(kinds)("gives one %s one byte string, whatever the order of its keys", (kind) => {
    fc.assert(
      fc.property(payloads[kind] as fc.Arbitrary<Payloads[typeof kind]>, (payload) => {
        const turned = Object.fromEntries(Object.entries(payload).toReversed()) as Payloads[typeof kind];
        expect(encode(kind, turned)).toEqual(encode(kind, payload));
      }),
    );
  });
  it("refuses what does not fit, and what is too long", () => {
    expect(() => encode("sample", { ...sample, seq: 0 })).toThrow(
      new RangeError("Payload of sample does not fit: seq: Too small: expected number to be >=1"),
    );
    expect(() => encode("sample", { ...sample, inputs: new Float32Array(40_000) })).toThrow(
      /^Payload of sample too long: 160\d{3} bytes, limit 131072$/,
    );
  });
  it("makes one longer than a payload only to be parted", async () => {
    const long = { ...sample, inputs: new Float32Array(40_000) };
    const bytes = encode("sample", long, longestMessageBytes);
    expect(decode("sample", bytes)).toMatchObject({ reason: "too-large" });
    const parts = await splitMessage(bytes, "m-1");
    const reassembler = createReassembler();
    await reassembler.accept("s", parts[1]!, 0);
    const whole = await reassembler.accept("s", parts[0]!, 0);
    expect(decode("sample", whole.ok ? whole.value! : bytes, longestMessageBytes)).toEqual({ ok: true, value: long });
    expect(decode("status", asJson(" ".repeat(payloadLimitBytes + 1)), longestMessageBytes)).toMatchObject({
      reason: "too-large",
    });
  });
  it("leaves out keys it does not know", () => {
    const more = { ...sample, secret: 1 };
    expect(encode("sample", more)).toEqual(encode("sample", sample));
  });
});

/** Another writer of CBOR, which takes keys as they come and two bytes for the length of every map. */
const loose = new Encoder({ useRecords: false, variableMapSize: false, tagUint8Array: false });

describe("decode()", () => {
  it.each(kinds)("ignores keys it does not know in any %s", (kind) => {
    const more = fc.dictionary(fc.stringMatching(/^zz[a-z]{1,8}$/), fc.oneof(fc.string(), fc.array(fc.nat()), fc.constant(null)));
    fc.assert(
      fc.property(payloads[kind] as fc.Arbitrary<Payloads[typeof kind]>, more, (payload, unknown) => {
        const value = { ...unknown, v: 1, ...payload };
        const bytes = messages[kind].codec === "cbor" ? encodeCbor(value) : asJson(JSON.stringify(value));
        expect(decode(kind, bytes)).toEqual({ ok: true, value: payload });
      }),
    );
  });
  it.each(kinds.filter((kind) => messages[kind].codec === "cbor"))("refuses any %s that is not in deterministic form", (kind) => {
    fc.assert(
      fc.property(payloads[kind] as fc.Arbitrary<Payloads[typeof kind]>, (payload) => {
        expect(decode(kind, loose.encode({ v: 1, ...payload }))).toMatchObject({ ok: false, reason: "malformed" });
      }),
    );
  });
  it.each(kinds)("refuses any %s of another version", (kind) => {
    fc.assert(
      fc.property(payloads[kind] as fc.Arbitrary<Payloads[typeof kind]>, fc.integer({ min: 2 }), (payload, v) => {
        const bytes = messages[kind].codec === "cbor" ? encodeCbor({ ...payload, v }) : asJson(JSON.stringify({ ...payload, v }));
        expect(decode(kind, bytes)).toMatchObject({ ok: false, reason: "unknown-version" });
      }),
    );
  });
  it("ignores unknown keys and refuses unknown versions", () => {
    expect(decode("status", asJson('{"v":1,"state":"online","boot":"b1","later":{"x":1}}'))).toEqual({
      ok: true,
      value: { state: "online", boot: "b1" },
    });
    expect(decode("status", asJson('{"v":2,"state":"online","boot":"b1"}'))).toEqual({
      ok: false,
      reason: "unknown-version",
      detail: "Payload of status has version 2, expected 1",
    });
    expect(decode("status", asJson('{"state":"online","boot":"b1"}'))).toMatchObject({ reason: "unknown-version" });
  });
  it.each([
    ["not JSON", asJson("{"), "malformed"],
    ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "malformed"],
    ["not an object", asJson("null"), "invalid"],
    ["a wrong state", asJson('{"v":1,"state":"asleep","boot":"b1"}'), "invalid"],
    ["a wrong id", asJson('{"v":1,"state":"online","boot":"B/1"}'), "invalid"],
    ["nothing", new Uint8Array(0), "malformed"],
    ["too much", new Uint8Array(payloadLimitBytes + 1), "too-large"],
  ])("refuses %s", (_, bytes, reason) => {
    expect(decode("status", bytes)).toMatchObject({ ok: false, reason });
  });
  it("lets no key through that could reach a prototype", () => {
    const birth =
      '"system":"","rule":"","task":"","ports":{"inputs":[],"parameters":[],"outputs":[]},"parameters":{"revision":0}';
    const rest = '"outbox":{"depth":0,"oldest":1,"dropped":0},"capabilities":[]';
    const result = decode("birth", asJson(`{"v":1,"boot":"b1",${birth},${rest},"versions":{"__proto__":"x","node":"24"}}`));
    expect(result).toMatchObject({ ok: true, value: { versions: { node: "24" } } });
    expect(result.ok && Object.keys(result.value.versions)).toEqual(["node"]);
    expect(decode("birth", asJson(`{"v":1,"boot":"b1",${birth},${rest},"versions":{"_x":"y"}}`))).toMatchObject({
      reason: "invalid",
    });
  });
  it("refuses numbers in place of a Float32Array", () => {
    const bytes = asJson(JSON.stringify({ v: 1, ...sample }));
    expect(decode("sample", bytes)).toMatchObject({ ok: false, reason: "malformed" });
  });
  it("never throws on what is nested deep enough to end a stack", () => {
    const deep = (open: string, shut: string): string => open.repeat(20_000) + shut.repeat(20_000);
    for (const kind of kinds) {
      for (const text of [deep("[", "]"), `{"v":${deep("[", "]")}}`, `{"v":1,"boot":${deep('{"a":', "}").replace("}", "1}")}}`]) {
        expect(decode(kind, asJson(text)).ok).toBe(false);
      }
    }
  });
  it("never throws on random bytes, and says why in one line", (context) => {
    const seed = testSeed(1);
    const random = createRandom(seed, "random payloads");
    const details = new Set<string>();
    for (let n = scaled(1_000_000); n > 0; n -= 1) {
      // Most begin as a payload does, so that more than the first byte is read.
      const bytes = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
      const start = [[], [0xa2, 0x61, 0x76, 0x01], [0x7b, 0x22, 0x76, 0x22, 0x3a, 0x31, 0x2c]][random.below(3)]!;
      const result = decode(kinds[random.below(kinds.length)]!, Uint8Array.from([...start, ...bytes]));
      if (!result.ok) details.add(result.detail);
    }
    expect([...details].filter((detail) => !/^[^\n]{1,300}$/.test(detail))).toEqual([]);
    expect(details.size).toBeGreaterThan(100);
    recordGuarantee(context, {
      guarantee: "P19",
      fault: "random payloads of every kind of message",
      count: scaled(1_000_000),
      seed,
    });
  });
  it("never throws on the bytes of a message with some of them changed, cut or repeated", async (context) => {
    const { payloads: examples } = await createExamples();
    const good = kinds.map((kind) => ({ kind, bytes: encode(kind, examples[kind]) }));
    const seed = testSeed(1);
    const random = createRandom(seed, "changed payloads");
    const seen = { accepted: 0, malformed: 0, invalid: 0, "unknown-version": 0 };
    for (let n = scaled(1_000_000); n > 0; n -= 1) {
      const { kind, bytes } = good[random.below(good.length)]!;
      const result = decode(kind, mutate(bytes, random));
      seen[result.ok ? "accepted" : (result.reason as "invalid")] += 1;
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
    recordGuarantee(context, {
      guarantee: "P19",
      fault: "changed payloads of every kind of message",
      count: scaled(1_000_000),
      seed,
      measured: seen,
    });
  });
});
