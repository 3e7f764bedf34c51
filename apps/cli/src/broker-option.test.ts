import { describe, expect, it } from "vitest";
import { brokerOption } from "./broker-option.ts";

describe("brokerOption()", () => {
  it("takes an address, and refuses one that holds a password without showing it", () => {
    for (const address of ["mqtt://localhost", "mqtts://ada@broker.lan:8883", "no address"])
      expect(brokerOption(address)).toBe(address);
    for (const address of ["mqtt://me:secret@localhost", "wss://:secret@broker.lan"]) {
      expect(() => brokerOption(address)).toThrow(/^Option --broker holds a password, which others can read here/);
      expect(() => brokerOption(address)).not.toThrow(/secret/);
    }
  });
});
