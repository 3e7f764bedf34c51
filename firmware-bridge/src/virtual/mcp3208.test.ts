import { describe, expect, it } from "vitest";
import type { Sample } from "./analog.ts";
import { createMcp3208 } from "./mcp3208.ts";

function create(code = 0xabc) {
  const faults: string[] = [];
  const asked: Sample[] = [];
  const chip = createMcp3208(
    "U10",
    (message) => faults.push(message),
    (sample) => {
      asked.push(sample);
      return code;
    },
  );
  const frame = (bytes: readonly number[]): number[] => {
    chip.select();
    const back = bytes.map((byte, k) => chip.exchange(byte, 8 * (k + 1), 1));
    chip.deselect();
    return back;
  };
  return { frame, faults, asked };
}

describe("createMcp3208()", () => {
  it("answers the three bytes of DS21298 figure 6-1 with a null bit and twelve bits", () => {
    const { frame, faults, asked } = create();
    for (let channel = 0; channel < 8; channel += 1) {
      const [, high = 0, low] = frame([0x06 | (channel >> 2), (channel & 3) << 6, 0]);
      expect(high & 0x1f).toBe(0x0a);
      expect(low).toBe(0xbc);
      expect(asked[channel]?.channel).toBe(channel);
    }
    // The start bit is the sixth of the first byte: the fifth clock is the second of the second byte.
    expect(asked[0]).toEqual({ channel: 0, from: 9, to: 10.5 });
    expect(faults).toEqual([]);
  });

  it("takes a start bit anywhere, and gives the bits again from the lowest (figure 5-2)", () => {
    const { frame, faults } = create(0b1010_1011_1100);
    expect(frame([0x18 | 5, 0, 0])).toEqual([0xff, 0b1010_1010, 0b1111_0001]);
    expect(faults).toEqual([]);
  });

  it("converts a pair of channels when SGL is 0, and says so", () => {
    const { frame, faults, asked } = create();
    frame([0x04, 0x40, 0]);
    expect(asked[0]).toEqual({ channel: 1, reference: 0, from: 9, to: 10.5 });
    expect(faults).toEqual(["U10 (MCP3208): differential conversion of channel 1, expected single-ended"]);
  });

  it("reports frames that are too short, too long, empty or without a start bit", () => {
    const { frame, faults } = create();
    frame([0x06, 0]);
    frame([0x06, 0, 0, 0]);
    frame([]);
    frame([0, 0, 0]);
    expect(faults).toEqual([
      "U10 (MCP3208): 2 bytes in a frame, expected 3",
      "U10 (MCP3208): 4 bytes in a frame, expected 3",
      "U10 (MCP3208): selected and released without a byte",
      "U10 (MCP3208): no start bit in a frame of 3 bytes",
    ]);
  });
});
