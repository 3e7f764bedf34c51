import { BadInputError } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeWav } from "./decode-wav.ts";
import { encodeWav } from "./encode-wav.ts";

type Made = { kind?: number; bits: number; channels?: number; rate?: number; data: readonly number[]; said?: number };

/** A WAV file by the letter of the format (Microsoft and IBM, Multimedia Programming Interface 1.0, 1991), an unknown chunk in it. */
function wav({ kind = 1, bits, channels = 1, rate = 8000, data, said = data.length }: Made): Uint8Array {
  const number = (value: number, bytes: number): number[] => Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 255);
  const text = (letters: string): number[] => Array.from(letters, (letter) => letter.charCodeAt(0));
  const frame = (bits / 8) * channels;
  const format = [kind, channels].flatMap((value) => number(value, 2));
  const rest = [...number(rate, 4), ...number(rate * frame, 4), ...number(frame, 2), ...number(bits, 2)];
  const chunk = (name: string, size: number, bytes: readonly number[]): number[] => [...text(name), ...number(size, 4), ...bytes];
  const chunks = [...chunk("LIST", 3, [1, 2, 3, 0]), ...chunk("fmt ", 16, [...format, ...rest]), ...chunk("data", said, data)];
  return Uint8Array.from([...text("RIFF"), ...number(4 + chunks.length, 4), ...text("WAVE"), ...chunks]);
}

describe("decodeWav()", () => {
  it("reads every kind of sample", () => {
    const floats = (values: readonly number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)];
    const doubles = [...new Uint8Array(Float64Array.from([0.5, -1]).buffer)];
    const cases: [Made, number[]][] = [
      [{ bits: 8, data: [128, 255, 0] }, [0, 127 / 128, -1]],
      [{ bits: 16, data: [0, 0x40, 0, 0x80] }, [0.5, -1]],
      [{ bits: 24, data: [0, 0, 0x40, 0, 0, 0x80, 255, 255, 255] }, [0.5, -1, -(2 ** -23)]],
      [{ bits: 32, data: [0, 0, 0, 0x40, 0, 0, 0, 0x80] }, [0.5, -1]],
      [{ kind: 3, bits: 32, data: floats([0.25, -1.5]) }, [0.25, -1.5]],
      [{ kind: 3, bits: 64, data: doubles }, [0.5, -1]],
    ];
    for (const [made, wanted] of cases) expect([...decodeWav(wav(made)).samples], `${made.bits} bits`).toEqual(wanted);
  });

  it("takes the mean of channels, and the rate", () => {
    const { rate, samples } = decodeWav(wav({ bits: 16, channels: 2, rate: 44_100, data: [0, 0x40, 0, 0, 0, 0x20, 0, 0x20] }));
    expect(rate).toBe(44_100);
    expect([...samples]).toEqual([0.25, 0.25]);
  });

  it("takes what there is where the length was never filled in", () => {
    for (const said of [0, 0xffffffff])
      expect(decodeWav(wav({ bits: 16, data: [0, 0x40, 0, 0x40, 9], said })).samples).toHaveLength(2);
  });

  it("gives back what encodeWav() was given, to 16 bits", () => {
    fc.assert(
      fc.property(fc.float32Array({ min: -1, max: 1, noNaN: true }), fc.integer({ min: 1, max: 192_000 }), (samples, rate) => {
        const read = decodeWav(encodeWav({ rate, samples }));
        expect(read.rate).toBe(rate);
        expect(read.samples).toHaveLength(samples.length);
        for (const [i, value] of samples.entries())
          expect(Math.abs((read.samples[i] as number) - value)).toBeLessThanOrEqual(2 ** -15);
      }),
    );
  });

  it("refuses what is none in one line, whatever it is", () => {
    const good = wav({ bits: 16, data: [1, 2, 3, 4] });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(good.length), (at, value, length) => {
        const bytes = good.with(at, value).subarray(0, length);
        const outcome = (): unknown => {
          try {
            return decodeWav(bytes, { file: "a.wav" }).samples.every(Number.isFinite);
          } catch (error) {
            return error instanceof BadInputError && /^a\.wav: .*$/.test(error.message);
          }
        };
        expect(outcome()).toBe(true);
      }),
    );
  });

  it("says what is wrong", () => {
    expect(() => decodeWav(new Uint8Array(3))).toThrow("WAV: Not a WAV file: 3 bytes");
    expect(() => decodeWav(wav({ kind: 6, bits: 8, data: [1] }))).toThrow("Holds samples of format 6 with 8 bits, expected PCM");
    const nan = [...new Uint8Array(Float32Array.of(Number.NaN).buffer)];
    expect(() => decodeWav(wav({ kind: 3, bits: 32, data: nan }))).toThrow("Sample 0 is NaN, expected a finite number");
  });
});
