import { BadInputError } from "@ohmwork/core";
import { compareBytes, float32Tag, majorType } from "./cbor.ts";
import { decodeFloat, encodeFloat, isWhole } from "./cbor-float.ts";
import { accepted, type Refused, refused, type Result } from "./result.ts";

const deepest = 8;
/** Items of one message: more than any has, few enough that empty ones by the million take no memory. */
const mostItems = 10_000;
const simpleValues: ReadonlyMap<number, false | true | null> = new Map([
  [20, false],
  [21, true],
  [22, null],
]);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Says, from within a reader, why the bytes cannot be read; `decodeCbor` lets none of them out. */
const unreadable = (at: number, what: string): BadInputError => new BadInputError(`CBOR byte ${at} ${what}`);

/**
 * The value whose CBOR these bytes are. Refuses every byte string that `encodeCbor` never writes: other tags, nesting deeper
 * than 8, keys that are not text, lengths that the bytes cannot hold, and whatever is not in deterministic form, so that a
 * signature stands for one message and no other. Refuses more than 10,000 items, so that a message takes some megabytes of
 * memory at the most besides its own length.
 */
export function decodeCbor(bytes: Uint8Array): Result<unknown, "malformed"> {
  const reader = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0, items: 0 };
  try {
    const value = readItem(reader, 0);
    return reader.at === bytes.length ? accepted(value) : malformed(`CBOR ends at byte ${reader.at} of ${bytes.length}`);
  } catch (error) {
    if (error instanceof BadInputError) return malformed(error.message);
    throw error;
  }
}

const malformed = (detail: string): Refused<"malformed"> => refused("malformed", detail);

type Reader = { readonly bytes: Uint8Array; readonly view: DataView; at: number; items: number };
type Head = { readonly start: number; readonly major: number; readonly info: number; readonly argument: number };

function readItem(reader: Reader, depth: number): unknown {
  const head = readHead(reader, depth);
  const { start, major, argument } = head;
  switch (major) {
    case majorType.unsigned:
      return argument;
    case majorType.negative:
      return -1 - argument;
    case majorType.bytes:
      return new Uint8Array(readBytes(reader, start, argument)); // a copy: the message is not kept alive by a part of it
    case majorType.text:
      return readText(reader, start, argument);
    case majorType.array: {
      const items: unknown[] = [];
      for (let i = 0; i < argument; i += 1) items.push(readItem(reader, depth + 1));
      return items;
    }
    case majorType.map:
      return readMap(reader, head, depth);
    case majorType.tag:
      return readFloats(reader, head, depth);
    default:
      return readSimple(reader, head);
  }
}

function readHead(reader: Reader, depth: number): Head {
  const { bytes, view } = reader;
  const start = reader.at;
  if (start >= bytes.length) throw unreadable(start, "is missing");
  if (depth > deepest) throw unreadable(start, `is nested deeper than ${deepest}`);
  reader.items += 1;
  if (reader.items > mostItems) throw unreadable(start, `is one item more than ${mostItems}`);
  const initial = view.getUint8(start);
  const major = initial >> 5;
  const info = initial & 0x1f;
  if (info > 27) throw unreadable(start, "has an indefinite or reserved length");
  const size = info < 24 ? 0 : 1 << (info - 24);
  reader.at += 1 + size;
  if (reader.at > bytes.length) throw unreadable(start, "is cut short");
  const argument = readArgument(view, start + 1, size, info);
  if (major !== majorType.simple) {
    const least = size === 0 ? 0 : size === 1 ? 24 : 2 ** (4 * size);
    if (argument < least) throw unreadable(start, "has a length or number that has a shorter form");
    const most = Number.MAX_SAFE_INTEGER - (major === majorType.negative ? 1 : 0);
    if (argument > most) throw unreadable(start, "is a number beyond 2^53");
  }
  return { start, major, info, argument };
}

function readArgument(view: DataView, at: number, size: number, info: number): number {
  if (size === 0) return info;
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at);
  return size === 4 ? view.getUint32(at) : Number(view.getBigUint64(at));
}

/** A view of the next bytes. */
function readBytes(reader: Reader, start: number, length: number): Uint8Array {
  const from = reader.at;
  reader.at += length;
  if (reader.at > reader.bytes.length) throw unreadable(start, "is cut short");
  return reader.bytes.subarray(from, reader.at);
}

function readText(reader: Reader, start: number, length: number): string {
  const bytes = readBytes(reader, start, length);
  try {
    return utf8.decode(bytes);
  } catch {
    throw unreadable(start, "is text that is not UTF-8");
  }
}

function readMap(reader: Reader, { start, argument }: Head, depth: number): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  let last: Uint8Array | undefined;
  for (let i = 0; i < argument; i += 1) {
    const { start: keyStart, major, argument: length } = readHead(reader, depth + 1);
    if (major !== majorType.text) throw unreadable(keyStart, `is of type ${major}, expected ${majorType.text}`);
    const key = readText(reader, keyStart, length);
    if (key === "__proto__") throw unreadable(keyStart, "is the key __proto__, which no message has");
    const encoded = reader.bytes.subarray(keyStart, reader.at);
    if (last !== undefined && compareBytes(last, encoded) >= 0) {
      throw unreadable(start, "has keys that are out of order or repeated");
    }
    last = encoded;
    map[key] = readItem(reader, depth + 1);
  }
  return map;
}

function readFloats(reader: Reader, { start, argument }: Head, depth: number): Float32Array {
  if (argument !== float32Tag) throw unreadable(start, `has tag ${argument}, expected ${float32Tag} only`);
  const { start: at, major, argument: length } = readHead(reader, depth + 1);
  if (major !== majorType.bytes) throw unreadable(at, `is of type ${major}, expected ${majorType.bytes}`);
  if (length % 4 !== 0) throw unreadable(at, "is a float32 array of a broken length");
  // Copied, because a float32 array must begin at a multiple of 4.
  return new Float32Array(new Uint8Array(readBytes(reader, at, length)).buffer);
}

function readSimple(reader: Reader, { start, info }: Head): number | boolean | null {
  if (info < 25) {
    const value = simpleValues.get(info);
    if (value === undefined) throw unreadable(start, "is a simple value other than false, true and null");
    return value;
  }
  const bytes = reader.bytes.subarray(start, reader.at);
  const value = decodeFloat(bytes);
  if (isWhole(value) || compareBytes(encodeFloat(value), bytes) !== 0) {
    throw unreadable(start, "is a number that has a shorter form");
  }
  return value;
}
