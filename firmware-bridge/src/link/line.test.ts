import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc16 } from "./crc16.ts";
import { decodeBoardLine, decodeHostLine, encodeHostLine, encodeLine, LONGEST_LINE } from "./line.ts";

const field = fc.stringMatching(/^[\x21-\x7e]{1,8}$/);
const withoutFeed = (line: string): string => line.slice(0, -1);

describe("encodeHostLine()", () => {
  it("appends the checksum of everything before its space", () => {
    const crc = crc16("0A RESPOND 000 FFF").toString(16).toUpperCase().padStart(4, "0");
    expect(encodeHostLine(10, "RESPOND 000 FFF")).toBe(`0A RESPOND 000 FFF ${crc}\n`);
  });

  it("refuses what does not fit a line", () => {
    expect(() => encodeHostLine(0, "X".repeat(LONGEST_LINE))).toThrow("Line too long: 129 bytes, limit 120");
    expect(() => encodeHostLine(256, "HELLO")).toThrow(RangeError);
    expect(() => encodeHostLine(0, "HELLO\n")).toThrow(RangeError);
    expect(() => encodeHostLine(0, "READ  0")).toThrow(RangeError);
  });
});

describe("decodeHostLine()", () => {
  it("gives back what encodeHostLine() was given", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.array(field, { minLength: 1, maxLength: 10 }), (seq, [command = "", ...fields]) => {
        const decoded = decodeHostLine(withoutFeed(encodeHostLine(seq, [command, ...fields].join(" "))));
        expect(decoded).toEqual({ ok: true, line: { seq, command, fields } });
      }),
    );
  });
});

describe("decodeBoardLine()", () => {
  const lines = {
    "05 OK 001 002": { kind: "answer", seq: 5, fields: ["001", "002"] },
    "FF OK": { kind: "answer", seq: 255, fields: [] },
    "05 ERR RANGE wiper 200": { kind: "refusal", seq: 5, code: "RANGE", detail: "wiper 200" },
    "!! QUIET": { kind: "event", name: "QUIET", fields: [] },
    "!! BAD crc 3": { kind: "event", name: "BAD", fields: ["crc", "3"] },
  };
  for (const [text, line] of Object.entries(lines)) {
    it(`takes ${text} apart`, () => {
      expect(decodeBoardLine(withoutFeed(encodeLine(text)))).toEqual({ ok: true, line });
      expect(decodeBoardLine(`${withoutFeed(encodeLine(text))}\r`)).toEqual({ ok: true, line });
    });
  }

  it("names what is wrong with a line", () => {
    const good = withoutFeed(encodeLine("05 OK 001"));
    expect(decodeBoardLine(good.replace("001", "002"))).toEqual({ ok: false, reason: "crc" });
    expect(decodeBoardLine(good.replace("0", "\u0000"))).toEqual({ ok: false, reason: "garbled" });
    expect(decodeBoardLine("x".repeat(LONGEST_LINE))).toEqual({ ok: false, reason: "long" });
    expect(decodeBoardLine("")).toEqual({ ok: false, reason: "form" });
    expect(decodeBoardLine("-- OK")).toEqual({ ok: false, reason: "form" });
    expect(decodeBoardLine(withoutFeed(encodeLine("5 OK")))).toEqual({ ok: false, reason: "form" });
    expect(decodeBoardLine(withoutFeed(encodeLine("05 MAYBE")))).toEqual({ ok: false, reason: "form" });
    expect(decodeBoardLine(withoutFeed(encodeLine("05 ERR")))).toEqual({ ok: false, reason: "form" });
  });

  it("never throws, and takes no line with one changed character", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 140 }), (text) => void decodeBoardLine(text)));
    const good = withoutFeed(encodeLine("1C OK 7FF 123 FF 03"));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, code) => {
        const changed = good.slice(0, at) + String.fromCharCode(code) + good.slice(at + 1);
        fc.pre(changed !== good);
        expect(decodeBoardLine(changed).ok).toBe(false);
      }),
    );
  });
});
