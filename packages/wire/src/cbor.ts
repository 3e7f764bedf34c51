import { Decoder, Encoder } from "cbor-x";
import { refused, type Result } from "./result.ts";

/** Little-endian float32 array (RFC 8746), the one tag that travels. */
const float32Tag = 85;
const deepest = 8;

/** Major types of CBOR items (RFC 8949 §3.1). */
const byteString = 2;
const textString = 3;
const array = 4;
const map = 5;
const tag = 6;

const encoder = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true, int64AsNumber: true } as object);

/**
 * CBOR of plain objects, text, booleans, whole numbers up to 2⁵³ and `Float32Array`, in the core deterministic form of
 * RFC 8949 §4.2 as long as every number is whole: one value, one byte string, whoever made it.
 */
export function encodeCbor(value: unknown): Uint8Array {
  if (Array.isArray(value)) return concatenate([headOf(array, value.length), ...value.map(encodeCbor)]);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) {
    const isLong = typeof value === "number" && Number.isSafeInteger(value) && Math.abs(value) > 0xffff_ffff;
    // Copied: the encoder hands out views of one large shared buffer (and a Buffer where there is Node).
    return new Uint8Array(encoder.encode(isLong ? BigInt(value) : value));
  }
  // The library writes an object in the object's own order, which puts keys like "9" and "10" first whatever is done.
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  const pairs = entries.map(([key, entry]): [Uint8Array, Uint8Array] => [encodeCbor(key), encodeCbor(entry)]);
  return concatenate([headOf(map, pairs.length), ...pairs.toSorted(([a], [b]) => compareBytes(a, b)).flat()]);
}

/** The first bytes of an array or a map. */
function headOf(major: number, count: number): Uint8Array {
  const head = new Uint8Array(encoder.encode(count)); // a whole number, but for its major type 0
  head[0] = (head[0] as number) | (major << 5);
  return head;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytewise lexicographic (RFC 8949 §4.2.1). */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] ?? 0);
}

/** @throws when the bytes are not the CBOR of `encodeCbor`; the kind of error is the library's */
export function decodeCbor(bytes: Uint8Array): unknown {
  return decoder.decode(bytes);
}

/**
 * Refuses, before anything is decoded, what `encodeCbor` never writes: other tags (the library would build dates, regular
 * expressions and record readers from them), nesting deeper than 8, keys that are not text, indefinite lengths, and
 * lengths that the bytes cannot hold. Undefined when nothing is wrong.
 */
export function refusalOfCbor(bytes: Uint8Array): Result<never> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let problem = "";

  /** Steps over one item; false with `problem` set when it may not be decoded. */
  const item = (depth: number, expected?: number): boolean => {
    const start = at;
    const fail = (what: string): boolean => {
      problem = `CBOR byte ${start} ${what}`;
      return false;
    };
    if (at >= bytes.length) return fail("is missing");
    if (depth > deepest) return fail(`is nested deeper than ${deepest}`);
    const initial = view.getUint8(at);
    const major = initial >> 5;
    const info = initial & 0x1f;
    at += 1;
    if (expected !== undefined && major !== expected) return fail(`is of type ${major}, expected ${expected}`);
    if (info > 27) return fail("has an indefinite or reserved length");
    const size = info < 24 ? 0 : 1 << (info - 24);
    if (at + size > bytes.length) return fail("is cut short");
    const argument = size === 0 ? info : readArgument(view, at, size);
    at += size;
    switch (major) {
      case byteString:
      case textString:
        at += argument;
        return at <= bytes.length || fail("is cut short");
      case array:
        for (let i = 0; i < argument; i += 1) if (!item(depth + 1)) return false;
        return true;
      case map:
        for (let i = 0; i < argument; i += 1) if (!item(depth + 1, textString) || !item(depth + 1)) return false;
        return true;
      case tag:
        return argument === float32Tag ? item(depth + 1, byteString) : fail(`has tag ${argument}, expected ${float32Tag} only`);
      default:
        return true;
    }
  };

  if (!item(0)) return refused("malformed", problem);
  return at === bytes.length ? undefined : refused("malformed", `CBOR ends at byte ${at} of ${bytes.length}`);
}

function readArgument(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at);
  return size === 4 ? view.getUint32(at) : Number(view.getBigUint64(at));
}
