import { encodeFloat, isWhole } from "./cbor-float.ts";

/** Major types of CBOR items (RFC 8949 §3.1). */
export const majorType = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;

/** Little-endian float32 array (RFC 8746), the one tag that travels. */
export const float32Tag = 85;

const utf8 = new TextEncoder();

/**
 * CBOR of plain objects, text, booleans, numbers, byte strings (`Uint8Array`) and `Float32Array`, in the core deterministic
 * form of RFC 8949 §4.2: one value, one byte string, whoever made it. Whole numbers up to 2⁵³ are integers. A key whose
 * value is undefined is left out.
 *
 * @throws TypeError when the value is something else
 */
export function encodeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return concatenate(parts);
}

function write(value: unknown, parts: Uint8Array[]): void {
  switch (typeof value) {
    case "number":
      if (!isWhole(value)) parts.push(encodeFloat(value));
      else parts.push(value >= 0 ? headOf(majorType.unsigned, value) : headOf(majorType.negative, -1 - value));
      return;
    case "string": {
      const text = utf8.encode(value);
      parts.push(headOf(majorType.text, text.length), text);
      return;
    }
    case "boolean":
      parts.push(Uint8Array.of(value ? 0xf5 : 0xf4));
      return;
    case "object":
      return writeObject(value, parts);
    default:
      throw new TypeError(`CBOR has no form for ${typeof value}: expected text, a number, a boolean, an array or an object`);
  }
}

function writeObject(value: object | null, parts: Uint8Array[]): void {
  if (value === null) {
    parts.push(Uint8Array.of(0xf6));
  } else if (value instanceof Uint8Array) {
    parts.push(headOf(majorType.bytes, value.length), value);
  } else if (value instanceof Float32Array) {
    // As they stand in memory: every machine this runs on is little-endian.
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    parts.push(headOf(majorType.tag, float32Tag), headOf(majorType.bytes, bytes.length), bytes);
  } else if (Array.isArray(value)) {
    parts.push(headOf(majorType.array, value.length));
    for (const entry of value) write(entry, parts);
  } else {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    const keyed = entries.map(([key, entry]): [Uint8Array, unknown] => [encodeCbor(key), entry]);
    parts.push(headOf(majorType.map, keyed.length));
    for (const [key, entry] of keyed.toSorted(([a], [b]) => compareBytes(a, b))) {
      parts.push(key);
      write(entry, parts);
    }
  }
}

/** The first bytes of an item: its major type, and its argument in as few bytes as can be. */
function headOf(major: number, argument: number): Uint8Array {
  const type = major << 5;
  if (argument < 24) return Uint8Array.of(type | argument);
  if (argument < 0x100) return Uint8Array.of(type | 24, argument);
  const size = argument < 0x1_0000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8;
  const head = new Uint8Array(1 + size);
  const view = new DataView(head.buffer);
  if (size === 2) view.setUint16(1, argument);
  else if (size === 4) view.setUint32(1, argument);
  else view.setBigUint64(1, BigInt(argument));
  head[0] = type | (size === 2 ? 25 : size === 4 ? 26 : 27);
  return head;
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytewise lexicographic (RFC 8949 §4.2.1). */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
}
