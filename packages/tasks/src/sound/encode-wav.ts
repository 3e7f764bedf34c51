import type { Sound } from "./decode-wav.ts";

/** Sound as a WAV file of one channel and 16 bits; what lies beyond full scale is held there. */
export function encodeWav({ rate, samples }: Sound): Uint8Array {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, letters: string): void => {
    for (let i = 0; i < letters.length; i += 1) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  for (const [i, value] of samples.entries())
    view.setInt16(44 + 2 * i, Math.max(-32768, Math.min(32767, Math.round(32768 * value))), true);
  return new Uint8Array(view.buffer);
}
