import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { Decoder } from "cbor-x";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCbor } from "./cbor.ts";
import { decodeCbor } from "./cbor-decode.ts";
import { mutate } from "./testing/mutate.ts";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Another implementation, which keeps the order in which the keys of a map stand. */
const other = new Decoder({ useRecords: false, mapsAsObjects: false, int64AsNumber: true } as object);

/** Rows of RFC 8949, Appendix A, within what travels here. */
const published: [unknown, string][] = [
  [0, "00"],
  [23, "17"],
  [24, "1818"],
  [1000, "1903e8"],
  [1_000_000, "1a000f4240"],
  [1_000_000_000_000, "1b000000e8d4a51000"],
  [-1, "20"],
  [-1000, "3903e7"],
  [1.1, "fb3ff199999999999a"],
  [1.5, "f93e00"],
  [-0, "f98000"],
  [5.960_464_477_539_063e-8, "f90001"],
  [0.000_061_035_156_25, "f90400"],
  [3.402_823_466_385_288_6e38, "fa7f7fffff"],
  [-4.1, "fbc010666666666666"],
  [1e300, "fb7e37e43c8800759c"],
  [Number.POSITIVE_INFINITY, "f97c00"],
  [Number.NEGATIVE_INFINITY, "f9fc00"],
  [Number.NaN, "f97e00"],
  [null, "f6"],
  [Uint8Array.of(1, 2, 3, 4), "4401020304"],
  [false, "f4"],
  [true, "f5"],
  ["IETF", "6449455446"],
  ["ü", "62c3bc"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [{ a: 1, b: [2, 3] }, "a26161016162820203"],
  [{ a: "A", b: "B", c: "C", d: "D", e: "E" }, "a56161614161626142616361436164614461656145"],
];

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constant("\uFEFFa".repeat(40)));
const leaf = fc.oneof(
  fc.maxSafeInteger(),
  fc.double(),
  fc.float(),
  text,
  fc.boolean(),
  fc.constant(null),
  fc.float32Array(),
  fc.uint8Array(),
);
const tree = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("tree")),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      tie("tree"),
      { noNullPrototype: true },
    ),
  ),
})).tree;

describe("encodeCbor()", () => {
  it.each(published)("writes %j as RFC 8949 does", (value, hex) => {
    expect(hexOf(encodeCbor(value))).toBe(hex);
    expect(decodeCbor(bytesOf(hex))).toEqual({ ok: true, value });
  });
  it("writes a Float32Array as the little-endian typed bytes of RFC 8746", () => {
    // Tag 85 (0xd855), 8 bytes (0x48), 1.5 and −2 in IEEE 754 binary32.
    expect(hexOf(encodeCbor(Float32Array.of(1.5, -2)))).toBe("d855480000c03f000000c0");
    expect(decodeCbor(bytesOf("d855480000c03f000000c0"))).toEqual({ ok: true, value: Float32Array.of(1.5, -2) });
  });
  it("orders keys by their encoded bytes, so one value has one byte string", () => {
    expect(hexOf(encodeCbor({ bb: 1, a: 2, c: 3 }))).toBe("a361610261630362626201");
  });
  it("orders keys that look like numbers, and keys beyond ASCII, in the same way", () => {
    expect(hexOf(encodeCbor({ b: 1, 10: 2, 9: 3 }))).toBe("a361390361620162313002");
    // U+FF5E is 3 bytes and one UTF-16 unit; U+10000 is 4 bytes and two units, of which the first is smaller.
    expect(hexOf(encodeCbor({ "\u{10000}": 1, "\uff5e": 2, aaa: 3 }))).toBe("a3636161610363efbd9e0264f090808001");
    const anyKey = fc.oneof(fc.nat().map(String), fc.string(), fc.constantFrom("é", "\uff5e", "\u{10000}", "\u{1f600}a"));
    fc.assert(
      fc.property(fc.dictionary(anyKey, fc.nat()), (value) => {
        const written = [...(other.decode(encodeCbor(value)) as Map<string, number>).keys()];
        const bytes = (key: string): Buffer => Buffer.from(key);
        const expected = Object.keys(value).toSorted(
          (x, y) => bytes(x).length - bytes(y).length || Buffer.compare(bytes(x), bytes(y)),
        );
        expect(written).toEqual(expected);
      }),
    );
  });
  it("keeps every whole number up to 2⁵³", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        expect(decodeCbor(encodeCbor(n))).toEqual({ ok: true, value: n });
      }),
    );
  });
  it("is read by another implementation as what it is", () => {
    fc.assert(
      fc.property(leaf, (value) => {
        // That one loses a byte order mark at the start of a text.
        fc.pre(typeof value !== "string" || !value.startsWith("\uFEFF"));
        const read = other.decode(encodeCbor(value)) as unknown;
        expect(read instanceof Buffer ? new Uint8Array(read) : read).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });
  it("refuses what has no form", () => {
    expect(() => encodeCbor({ a: undefined, b: 1n })).toThrow(
      new TypeError("CBOR has no form for bigint: expected text, a number, a boolean, an array or an object"),
    );
  });
  it("gives plain bytes of their own", () => {
    const first = encodeCbor({ a: 1 });
    encodeCbor({ b: 2 });
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
    expect(hexOf(first)).toBe("a1616101");
    expect(first.buffer.byteLength).toBe(first.length);
  });
});

describe("decodeCbor()", () => {
  it("gives back what encodeCbor() took", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encodeCbor(value);
        expect(decodeCbor(bytes)).toEqual({ ok: true, value });
      }),
      { numRuns: 500 },
    );
  });
  it("lets through nothing that encodeCbor() would write otherwise, in 10⁶ changed byte strings", (context) => {
    let through = 0;
    const unlike: string[] = [];
    const seeds = fc.sample(tree, { numRuns: 300, seed: 1 }).map((value) => encodeCbor(value).subarray(0, 400));
    const seed = testSeed(1);
    const random = createRandom(seed, "changed CBOR");
    for (let n = scaled(1_000_000); n > 0; n -= 1) {
      const changed = mutate(seeds[random.below(seeds.length)]!, random);
      const decoded = decodeCbor(changed);
      if (!decoded.ok) continue;
      through += 1;
      const again = encodeCbor(decoded.value);
      if (Buffer.compare(again, changed) !== 0) unlike.push(hexOf(changed));
    }
    expect(unlike).toEqual([]);
    expect(through).toBeGreaterThan(1000);
    recordGuarantee(context, { guarantee: "P19", fault: "changed CBOR", count: scaled(1_000_000), seed });
  });
  it.each([
    ["nothing", "", "CBOR byte 0 is missing"],
    ["a cut text", "6449", "CBOR byte 0 is cut short"],
    ["a cut length", "1901", "CBOR byte 0 is cut short"],
    ["an array longer than the bytes", "9a02000000", "CBOR byte 5 is missing"],
    ["a second value", "0000", "CBOR ends at byte 1 of 2"],
    ["a date", "c100", "CBOR byte 0 has tag 1, expected 85 only"],
    ["a regular expression", "d81b8267526567457870616100", "CBOR byte 0 has tag 27, expected 85 only"],
    ["a record definition", "d9dfff8019e00001", "CBOR byte 0 has tag 57343, expected 85 only"],
    ["a tagged text", "d8556161", "CBOR byte 2 is of type 3, expected 2"],
    ["a key that is a number", "a10102", "CBOR byte 1 is of type 0, expected 3"],
    ["an indefinite array", "9f01ff", "CBOR byte 0 has an indefinite or reserved length"],
    ["a number in more bytes than it needs", "1817", "CBOR byte 0 has a length or number that has a shorter form"],
    ["a length in more bytes than it needs", "590001ff", "CBOR byte 0 has a length or number that has a shorter form"],
    ["a whole number as a float", "f93c00", "CBOR byte 0 is a number that has a shorter form"],
    ["a float in more bytes than it needs", "fa3fc00000", "CBOR byte 0 is a number that has a shorter form"],
    ["another NaN", "f97e01", "CBOR byte 0 is a number that has a shorter form"],
    ["undefined", "f7", "CBOR byte 0 is a simple value other than false, true and null"],
    ["a number beyond 2^53", "1b0020000000000000", "CBOR byte 0 is a number beyond 2^53"],
    ["keys out of order", "a2616201616102", "CBOR byte 0 has keys that are out of order or repeated"],
    ["a key twice", "a2616101616102", "CBOR byte 0 has keys that are out of order or repeated"],
    ["text that is not UTF-8", "62c328", "CBOR byte 0 is text that is not UTF-8"],
    ["half a float32", "d8554100", "CBOR byte 2 is a float32 array of a broken length"],
    ["items by the million", `9a000f4240${"40".repeat(1_000_000)}`, "CBOR byte 10004 is one item more than 10000"],
    ["deep nesting", "81".repeat(100_000), "CBOR byte 9 is nested deeper than 8"],
  ])("refuses %s", (_, hex, detail) => {
    expect(decodeCbor(bytesOf(hex))).toEqual({ ok: false, reason: "malformed", detail });
  });
});
