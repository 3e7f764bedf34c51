import { describe, expect, it } from "vitest";
import { createMcp4251, type Mcp4251 } from "./mcp4251.ts";

/** A frame: bytes out, bytes back. */
function frame(chip: Mcp4251, bytes: readonly number[], strayByte = false): number[] {
  chip.select();
  const back = bytes.map((byte) => chip.exchange(byte));
  chip.deselect(strayByte);
  return back;
}

function create(): { chip: Mcp4251; faults: string[] } {
  const faults: string[] = [];
  return { chip: createMcp4251("U1", (message) => faults.push(message)), faults };
}

// Bytes of the examples: DS22060, figures 7-2 to 7-6 and table 4-1.
describe("createMcp4251()", () => {
  it("stands in the middle when power comes, both potentiometers connected", () => {
    const { chip } = create();
    expect([chip.position(0), chip.position(1)]).toEqual([0x80, 0x80]);
    expect([chip.isConnected(0), chip.isConnected(1)]).toEqual([true, true]);
  });

  it("writes and reads nine bits of each wiper", () => {
    const { chip, faults } = create();
    expect(frame(chip, [0x01, 0x00])).toEqual([0xff, 0xff]);
    expect(frame(chip, [0x10, 0x2a])).toEqual([0xff, 0xff]);
    expect([chip.position(0), chip.position(1)]).toEqual([256, 42]);
    expect(frame(chip, [0x0c, 0x00])).toEqual([0xff, 0x00]);
    expect(frame(chip, [0x1c, 0x00])).toEqual([0xfe, 0x2a]);
    expect(faults).toEqual([]);
  });

  it("increments and decrements within its ends, several commands in a frame", () => {
    const { chip, faults } = create();
    frame(chip, [0x01, 0x00, 0x04, 0x04, 0x10, 0x01, 0x18, 0x18, 0x18]);
    expect([chip.position(0), chip.position(1)]).toEqual([256, 0]);
    frame(chip, [0x08, 0x14]);
    expect([chip.position(0), chip.position(1)]).toEqual([255, 1]);
    expect(faults).toEqual([]);
  });

  it("disconnects a terminal by TCON", () => {
    const { chip } = create();
    frame(chip, [0x40, 0xfb]);
    expect([chip.isConnected(0), chip.isConnected(1)]).toEqual([true, true]); // only terminal A of the first, which is open anyway
    frame(chip, [0x40, 0xef]);
    expect([chip.isConnected(0), chip.isConnected(1)]).toEqual([true, false]);
    expect(frame(chip, [0x4c, 0x00])).toEqual([0xff, 0xef]);
  });

  it("forgets wipers and terminals with its power", () => {
    const { chip } = create();
    frame(chip, [0x00, 0x05, 0x10, 0x06, 0x41, 0xcc]);
    expect([chip.isConnected(0), chip.isConnected(1)]).toEqual([false, false]);
    chip.powerCycle();
    expect([chip.position(0), chip.position(1)]).toEqual([0x80, 0x80]);
    expect([chip.isConnected(0), chip.isConnected(1)]).toEqual([true, true]);
  });

  it("refuses an address that does not take the command, and all that follows in the frame", () => {
    const { chip, faults } = create();
    expect(frame(chip, [0x20, 0x00, 0x00, 0x07])).toEqual([0xfc, 0, 0, 0]);
    expect(chip.position(0)).toBe(0x80);
    expect(faults).toEqual(["U1 (MCP4251): command 0x20 refused: address 2 does not take it"]);
    frame(chip, [0x44]);
    expect(faults[1]).toBe("U1 (MCP4251): command 0x44 refused: address 4 does not take it");
  });

  it("reports a frame that ends inside a command, an empty frame, and a wiper past its end", () => {
    const { chip, faults } = create();
    frame(chip, [0x00]);
    expect(chip.position(0)).toBe(0x80);
    frame(chip, []);
    frame(chip, [0x01, 0x20]);
    expect(chip.position(0)).toBe(256);
    expect(faults).toEqual([
      "U1 (MCP4251): 1 byte in a frame, the last command is incomplete",
      "U1 (MCP4251): selected and released without a command",
      "U1 (MCP4251): wiper 0 set to 288, expected at most 256",
    ]);
  });

  it("sees the byte that a shift register was meant to see", () => {
    const { chip, faults } = create();
    frame(chip, [0x00, 0x33, 0xff], true);
    expect(chip.position(0)).toBe(0x33);
    expect(faults).toEqual([]);
    frame(chip, [0x00, 0xff], true); // the register's byte was taken as data
    expect(chip.position(0)).toBe(0xff);
    expect(faults).toEqual(["U1 (MCP4251): 1 byte in a frame, the last command is incomplete"]);
  });
});
