import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCbor } from "../cbor.ts";
import { decodeCbor } from "../cbor-decode.ts";
import { payloadLimitBytes } from "../codec.ts";
import type { Result } from "../result.ts";
import { mutate } from "../testing/mutate.ts";
import { createReassembler } from "./reassembler.ts";
import { longestMessageBytes, splitMessage } from "./split-message.ts";

const message = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31) & 0xff);
const limit = 300; // 44 bytes of the message in each part

describe("splitMessage()", () => {
  it("makes parts that fit a payload, the longest message too", async () => {
    const parts = await splitMessage(message(300_000), "m-1");
    expect(parts.map(({ length }) => length <= payloadLimitBytes)).toEqual([true, true, true]);
    const many = await splitMessage(new Uint8Array(longestMessageBytes), "a".repeat(36));
    expect(many.length).toBeLessThanOrEqual(256);
    expect(many.every(({ length }) => length <= payloadLimitBytes)).toBe(true);
  });
  it("refuses what cannot be split, and an id that is none", async () => {
    await expect(splitMessage(new Uint8Array(longestMessageBytes + 1), "m")).rejects.toThrow(
      new RangeError("Message too long to split: 8388609 bytes, limit 8388608"),
    );
    await expect(splitMessage(message(1), "M")).rejects.toThrow(RangeError);
  });
});

describe("createReassembler()", () => {
  it("gives every message once, whatever the order and however often its parts come", async () => {
    const lengths = fc.array(fc.nat(400), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.nat(), fc.nat(3), async (sizes, seed, repeats) => {
        const messages = sizes.map((size, i) => message(size + i));
        const sent = (await Promise.all(messages.map((one, i) => splitMessage(one, `m${i}`, limit)))).flatMap((parts, i) =>
          parts.map((part) => ({ part, source: `s${i}` })),
        );
        const all = Array.from(createRandom(seed).permutation(sent.length), (i) => sent[i]!);
        const reassembler = createReassembler();
        const got: Uint8Array[] = [];
        const repeated: Result<Uint8Array | undefined>[] = [];
        for (const { part, source } of all) {
          const result = await reassembler.accept(source, part, 0);
          expect(result.ok).toBe(true);
          if (result.ok && result.value !== undefined) {
            got.push(result.value);
            continue;
          }
          for (let i = 0; i < repeats; i += 1) repeated.push(await reassembler.accept(source, part, 0));
        }
        expect(repeated.filter((result) => !result.ok || result.value !== undefined)).toEqual([]);
        const order = (a: Uint8Array, b: Uint8Array): number => a.length - b.length;
        expect(got.toSorted(order)).toEqual(messages.toSorted(order));
        expect(reassembler.state()).toEqual({ messages: 0, bytes: 0, dropped: 0 });
      }),
      { numRuns: 200 },
    );
  });
  it("gives nothing while one part is missing, and a message again when all of it comes again", async () => {
    const parts = await splitMessage(message(200), "m", limit);
    const reassembler = createReassembler();
    for (const part of parts.slice(1)) expect(await reassembler.accept("s", part, 0)).toEqual({ ok: true, value: undefined });
    expect(await reassembler.accept("s", parts[0]!, 0)).toEqual({ ok: true, value: message(200) });
    for (const part of parts.slice(1)) await reassembler.accept("s", part, 0);
    expect(await reassembler.accept("s", parts[0]!, 0)).toEqual({ ok: true, value: message(200) });
  });
  it("never mixes parts of different sources or messages", async () => {
    const [a, b] = await Promise.all([splitMessage(message(80), "m", limit), splitMessage(message(81), "m", limit)]);
    const reassembler = createReassembler();
    await reassembler.accept("s", a[0]!, 0);
    expect(await reassembler.accept("t", a[1]!, 0)).toEqual({ ok: true, value: undefined });
    expect(await reassembler.accept("s", b[1]!, 0)).toEqual({ ok: true, value: undefined });
    expect(await reassembler.accept("s", a[1]!, 0)).toEqual({ ok: true, value: message(80) });
  });
  it("refuses parts that do not make the message", async () => {
    const [first] = await splitMessage(message(40), "m", limit);
    const sha256 = "0".repeat(64);
    const wrong = encodeCbor({ v: 1, id: "m", index: 0, count: 1, sha256, bytes: message(40) });
    const reassembler = createReassembler();
    expect(await reassembler.accept("s", wrong, 0)).toMatchObject({ ok: false, reason: "malformed" });
    expect(await reassembler.accept("s", first!, 0)).toEqual({ ok: true, value: message(40) });
    for (const [change, reason] of [
      [{ index: 1 }, "invalid"],
      [{ count: 257 }, "invalid"],
      [{ id: "M" }, "invalid"],
      [{ v: 2 }, "unknown-version"],
    ] as const) {
      const part = encodeCbor({ v: 1, id: "m", index: 0, count: 1, sha256, bytes: message(40), ...change });
      expect(await reassembler.accept("s", part, 0)).toMatchObject({ ok: false, reason });
    }
    expect(await reassembler.accept("s", new Uint8Array(payloadLimitBytes + 1), 0)).toMatchObject({ reason: "too-large" });
    expect(reassembler.state().messages).toBe(0);
  });
  it("gives up what does not become whole in time", async () => {
    const parts = await splitMessage(message(80), "m", limit);
    const reassembler = createReassembler({ lifetimeMilliseconds: 1000 });
    await reassembler.accept("s", parts[0]!, 0);
    expect(await reassembler.accept("s", parts[1]!, 1000)).toEqual({ ok: true, value: undefined });
    expect(reassembler.state()).toMatchObject({ messages: 1, dropped: 1 });
    expect(await reassembler.accept("s", parts[0]!, 1999)).toEqual({ ok: true, value: message(80) });
  });
  it("makes room first of what was waited for long enough", async () => {
    const [a, b] = await Promise.all([splitMessage(message(80), "a", limit), splitMessage(message(80), "b", limit)]);
    const reassembler = createReassembler({ lifetimeMilliseconds: 1000 });
    await reassembler.accept("s", a[0]!, 0);
    await reassembler.accept("t", b[0]!, 1000);
    expect(reassembler.state()).toEqual({ messages: 1, bytes: 44, dropped: 1 });
  });
  it("counts a part once, and holds to the first that came", async () => {
    const [first, second] = await splitMessage(message(80), "m", limit);
    const reassembler = createReassembler();
    await reassembler.accept("s", first!, 0);
    const other = { ...(decodeCbor(first!) as { value: object }).value, bytes: new Uint8Array(44) };
    await reassembler.accept("s", encodeCbor(other), 0);
    expect(reassembler.state().bytes).toBe(44);
    expect(await reassembler.accept("s", second!, 0)).toEqual({ ok: true, value: message(80) });
  });
  it("gives up the oldest when there are too many bytes", async () => {
    const reassembler = createReassembler({ mostBytes: 100 });
    for (const id of ["a", "b", "c"]) await reassembler.accept(id, (await splitMessage(message(80), id, limit))[0]!, 0);
    expect(reassembler.state()).toEqual({ messages: 2, bytes: 88, dropped: 1 });
    const [, second] = await splitMessage(message(80), "b", limit);
    expect(await reassembler.accept("b", second!, 0)).toEqual({ ok: true, value: message(80) });
  });
  it("refuses a message that grows beyond what can be split", async () => {
    const reassembler = createReassembler();
    const bytes = new Uint8Array(130_000);
    const part = (index: number): Uint8Array => encodeCbor({ v: 1, id: "m", index, count: 256, sha256: "0".repeat(64), bytes });
    for (let index = 0; index < 64; index += 1) expect((await reassembler.accept("s", part(index), 0)).ok).toBe(true);
    expect(await reassembler.accept("s", part(64), 0)).toMatchObject({ ok: false, reason: "too-large" });
    expect(reassembler.state()).toEqual({ messages: 0, bytes: 0, dropped: 1 });
  });
  it("lets no source crowd out another", async () => {
    const wanted = await splitMessage(message(80), "m", limit);
    const reassembler = createReassembler({ mostMessages: 8, mostOfSource: 4 });
    await reassembler.accept("quiet", wanted[0]!, 0);
    for (let i = 0; i < 100; i += 1) {
      await reassembler.accept("loud", (await splitMessage(message(80 + i), `m${i}`, limit))[0]!, 0);
    }
    expect(reassembler.state()).toMatchObject({ messages: 5, dropped: 96 });
    expect(await reassembler.accept("quiet", wanted[1]!, 0)).toEqual({ ok: true, value: message(80) });
  });
  it("holds no more than its bounds and never throws, whatever comes", async (context) => {
    const seed = testSeed(1);
    const random = createRandom(seed, "parts");
    const good = (await Promise.all(Array.from({ length: 8 }, (_, i) => splitMessage(message(50 * i), `m${i}`, limit)))).flat();
    const bounds = { mostMessages: 10, mostOfSource: 6, mostBytes: 2000 };
    const reassembler = createReassembler(bounds);
    const most = { messages: 0, bytes: 0 };
    let [whole, refusals] = [0, 0];
    for (let n = scaled(200_000); n > 0; n -= 1) {
      const part = good[random.below(good.length)]!;
      const bytes = random.below(2) === 0 ? part : mutate(part, random);
      const result = await reassembler.accept(`s${random.below(3)}`, bytes, n);
      if (!result.ok) refusals += 1;
      else if (result.value !== undefined) whole += 1;
      const { messages, bytes: held } = reassembler.state();
      most.messages = Math.max(most.messages, messages);
      most.bytes = Math.max(most.bytes, held);
    }
    expect(most.messages).toBeLessThanOrEqual(bounds.mostMessages);
    expect(most.bytes).toBeLessThanOrEqual(bounds.mostBytes);
    expect(whole).toBeGreaterThan(100);
    expect(refusals).toBeGreaterThan(1000);
    recordGuarantee(context, {
      guarantee: "P19",
      fault: "changed parts of messages",
      count: scaled(200_000),
      seed,
      measured: { "most bytes held": most.bytes },
    });
  });
});
