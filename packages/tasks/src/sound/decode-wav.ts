import { BadInputError } from "@ohmwork/core";

/** Sound of one channel: `rate` samples a second, full scale 1. */
export type Sound = { readonly rate: number; readonly samples: Float32Array };

const PCM = 1;
const FLOAT = 3;
/** WAVE_FORMAT_EXTENSIBLE: the format proper stands at the head of a GUID further on. */
const EXTENSIBLE = 0xfffe;

type Format = { readonly kind: number; readonly channels: number; readonly rate: number; readonly bits: number };
type Read = (view: DataView, at: number) => number;

/** What one sample is read by, by format and bits. */
const readers: Readonly<Record<string, Read>> = {
  [`${PCM}/8`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${PCM}/16`]: (view, at) => view.getInt16(at, true) / 2 ** 15,
  [`${PCM}/24`]: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23,
  [`${PCM}/32`]: (view, at) => view.getInt32(at, true) / 2 ** 31,
  [`${FLOAT}/32`]: (view, at) => view.getFloat32(at, true),
  [`${FLOAT}/64`]: (view, at) => view.getFloat64(at, true),
};

/**
 * The sound in a WAV file (RIFF; PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64); of several channels, their mean. A length of 0
 * or beyond the end, as a recorder leaves that was cut off or wrote to a pipe, means up to the end.
 *
 * @param options.file name for messages. @default "WAV"
 * @throws BadInputError in one line, when it is anything else, or a sample is not a finite number
 */
export function decodeWav(bytes: Uint8Array, options: { readonly file?: string } = {}): Sound {
  const { file = "WAV" } = options;
  const fail = (problem: string): never => {
    throw new BadInputError(`${file}: ${problem}`, { where: file });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || textAt(view, 0) !== "RIFF" || textAt(view, 8) !== "WAVE")
    fail(`Not a WAV file: ${bytes.length} bytes that do not begin RIFF … WAVE`);
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [name, said] = [textAt(view, at), view.getUint32(at + 4, true)];
    const start = at + 8;
    if (name === "fmt ") format = readFormat(view, start, said, fail);
    if (name === "data") {
      if (format === undefined) return fail("Has samples before their format, expected a chunk fmt before the chunk data");
      const size = said === 0 || start + said > bytes.length ? bytes.length - start : said;
      return { rate: format.rate, samples: readSamples(new DataView(view.buffer, view.byteOffset + start, size), format, fail) };
    }
    at = start + said + (said % 2);
  }
  return fail(`Has no samples, expected a chunk ${format === undefined ? "fmt and a chunk data" : "data"}`);
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(...Array.from({ length: 4 }, (_, i) => view.getUint8(at + i)));
}

function readFormat(view: DataView, start: number, size: number, fail: (problem: string) => never): Format {
  if (size < 16 || start + size > view.byteLength) fail(`Chunk fmt of ${size} bytes is cut short, expected 16 or more`);
  const tag = view.getUint16(start, true);
  const kind = tag === EXTENSIBLE && size >= 26 ? view.getUint16(start + 24, true) : tag;
  const channels = view.getUint16(start + 2, true);
  const rate = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  if (channels === 0 || rate === 0) fail(`Has ${channels} channels at ${rate} samples a second, expected 1 or more`);
  if (readers[`${kind}/${bits}`] === undefined)
    fail(`Holds samples of format ${kind} with ${bits} bits, expected PCM of 8, 16, 24 or 32 bits or floats of 32 or 64`);
  return { kind, channels, rate, bits };
}

function readSamples(view: DataView, { kind, channels, bits }: Format, fail: (problem: string) => never): Float32Array {
  const read = readers[`${kind}/${bits}`] as Read;
  const bytes = bits / 8;
  const samples = new Float32Array(Math.floor(view.byteLength / (bytes * channels)));
  for (let i = 0; i < samples.length; i += 1) {
    let sum = 0;
    for (let c = 0; c < channels; c += 1) sum += read(view, (i * channels + c) * bytes);
    samples[i] = sum / channels;
    if (!Number.isFinite(samples[i])) fail(`Sample ${i} is ${samples[i]}, expected a finite number`);
  }
  return samples;
}
