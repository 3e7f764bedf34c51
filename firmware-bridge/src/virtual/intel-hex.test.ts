import { BadInputError } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FLASH_BYTES, parseIntelHex } from "./intel-hex.ts";

const END = ":00000001FF";

describe("parseIntelHex()", () => {
  it("puts a record where it says", () => {
    const image = parseIntelHex(`:0300300002337A1E\r\n${END}\r\n`);
    expect([...image.bytes.subarray(0x2f, 0x34)]).toEqual([0xff, 0x02, 0x33, 0x7a, 0xff]);
    expect([image.start, image.end]).toEqual([0x30, 0x33]);
  });

  it("follows extended addresses", () => {
    expect(parseIntelHex(`:020000020700F5\n:0100000042BD\n${END}`).bytes[0x7000]).toBe(0x42);
    expect(() => parseIntelHex(`:020000040001F9\n:0100000042BD\n${END}`)).toThrow(/past the end of flash in line 2/);
  });

  it("names the line of a wrong checksum, a short record, an unknown type and what is no record", () => {
    expect(() => parseIntelHex(":0300300002337A1F")).toThrow("Wrong checksum in line 1 of hex file");
    expect(() => parseIntelHex("\n:0400300002337A1D")).toThrow("Record of 3 data bytes, 4 announced in line 2 of hex file");
    expect(() => parseIntelHex(":00000009F7")).toThrow("Unknown record type 9 in line 1");
    expect(() => parseIntelHex("hello")).toThrow("No Intel HEX record in line 1");
    expect(() => parseIntelHex(":0300300002337A1E")).toThrow("No end record in hex file");
  });

  it("gives an image or a BadInputError for any text", () => {
    const outcome = (text: string): unknown => {
      try {
        return parseIntelHex(text).bytes.length;
      } catch (error) {
        return error instanceof BadInputError ? FLASH_BYTES : error;
      }
    };
    fc.assert(fc.property(fc.string(), (text) => outcome(`:${text}`) === FLASH_BYTES));
  });
});
