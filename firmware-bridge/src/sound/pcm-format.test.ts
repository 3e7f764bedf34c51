import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPcmReader } from "./pcm-format.ts";

/** One channel of the bytes, read in pieces of the given lengths. */
function inPieces(bytes: Uint8Array, lengths: readonly number[], ...format: Parameters<typeof createPcmReader>): number[] {
  const read = createPcmReader(...format);
  const samples: number[] = [];
  for (let at = 0, k = 0; at < bytes.length; k += 1) {
    const end = at + (lengths[k % lengths.length] as number);
    samples.push(...read(bytes.subarray(at, end)));
    at = end;
  }
  return samples;
}

describe("createPcmReader()", () => {
  it("reads either channel of what Buffer writes, in whatever pieces it comes", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 })), lengths, (codes, pieces) => {
        const s16 = Buffer.alloc(codes.length * 4);
        const s24 = Buffer.alloc(codes.length * 6);
        const s32 = Buffer.alloc(codes.length * 8);
        const float = Buffer.alloc(codes.length * 8);
        for (const [i, code] of codes.entries()) {
          s16.writeInt16LE(code >> 8, 4 * i + 2);
          s24.writeIntLE(code, 6 * i + 3, 3);
          s32.writeInt32LE(code << 8, 8 * i + 4);
          float.writeFloatLE(code / 2 ** 23, 8 * i + 4);
        }
        const wanted = codes.map((code) => code / 2 ** 23);
        const second = { channels: 2, channel: 1 };
        expect(inPieces(s24, pieces, "S24_3LE", second)).toEqual(wanted);
        expect(inPieces(s32, pieces, "S32_LE", second)).toEqual(wanted);
        expect(inPieces(float, pieces, "FLOAT_LE", second)).toEqual(wanted);
        expect(inPieces(s16, pieces, "S16_LE", second)).toEqual(codes.map((code) => (code >> 8) / 2 ** 15));
        expect(inPieces(s16, pieces, "S16_LE", { channels: 2, channel: 0 })).toEqual(codes.map(() => 0));
      }),
    );
  });
});
