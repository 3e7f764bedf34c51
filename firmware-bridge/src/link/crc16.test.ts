import { describe, expect, it } from "vitest";
import { crc16 } from "./crc16.ts";

describe("crc16()", () => {
  it("gives the check value of the catalogue of parametrised CRC algorithms", () => {
    expect(crc16("123456789")).toBe(0x29b1);
  });

  it("starts from its initial value", () => {
    expect(crc16("")).toBe(0xffff);
  });
});
