/** Sample formats of `arecord` that are understood, by its own names. */
export const pcmFormats = ["S16_LE", "S24_3LE", "S32_LE", "FLOAT_LE"] as const;

export type PcmFormat = (typeof pcmFormats)[number];

/** Bytes as they come, in pieces that may end within a sample. */
export type PcmReader = (bytes: Uint8Array) => Float32Array;

const bytesOf: Readonly<Record<PcmFormat, number>> = { S16_LE: 2, S24_3LE: 3, S32_LE: 4, FLOAT_LE: 4 };

/** Reads one channel of interleaved samples; full scale is 1. What is left of a sample waits for its other bytes. */
export function createPcmReader(format: PcmFormat, { channels, channel }: { channels: number; channel: number }): PcmReader {
  const width = bytesOf[format];
  const stride = width * channels;
  let rest = new Uint8Array(0);
  return (bytes) => {
    const all = new Uint8Array(rest.length + bytes.length);
    all.set(rest);
    all.set(bytes, rest.length);
    const count = Math.floor(all.length / stride);
    const view = new DataView(all.buffer);
    const samples = new Float32Array(count);
    for (let i = 0; i < count; i += 1) samples[i] = sampleAt(view, i * stride + channel * width, format);
    rest = all.slice(count * stride);
    return samples;
  };
}

function sampleAt(view: DataView, at: number, format: PcmFormat): number {
  switch (format) {
    case "S16_LE":
      return view.getInt16(at, true) / 2 ** 15;
    case "S24_3LE":
      return (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
    case "S32_LE":
      return view.getInt32(at, true) / 2 ** 31;
    case "FLOAT_LE":
      return view.getFloat32(at, true);
    default:
      return format satisfies never;
  }
}
