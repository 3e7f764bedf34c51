import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { GraphError } from "../graph-error.ts";

/**
 * What a field holds. Whole numbers come as numbers, those beyond what a number holds exactly as the nearest that it does;
 * `bigs` and `unsigneds` are exact. Messages stay bytes until somebody decodes them by their own table.
 */
type Kind = "int" | "float" | "text" | "bytes" | "ints" | "bigs" | "unsigneds" | "floats" | "doubles" | "texts" | "byteses";

/** A message of Protocol Buffers: for each field its number and what it holds. */
export type MessageTable = Readonly<Record<string, readonly [number: number, kind: Kind]>>;

type Held = {
  int: number;
  float: number;
  text: string;
  bytes: Uint8Array;
  ints: number[];
  bigs: bigint[];
  unsigneds: bigint[];
  floats: number[];
  doubles: number[];
  texts: string[];
  byteses: Uint8Array[];
};

type Single = "int" | "float" | "text" | "bytes";

/** Fields of a message by name; a single field that does not occur is undefined, a repeated one is empty. */
export type Message<T extends MessageTable> = {
  readonly [K in keyof T]: T[K][1] extends Single ? Held[T[K][1]] | undefined : Readonly<Held[T[K][1]]>;
};

const repeated: ReadonlySet<Kind> = new Set(["ints", "bigs", "unsigneds", "floats", "doubles", "texts", "byteses"]);

const wireTypes: Readonly<Record<Kind, WireType>> = {
  int: WireType.Varint,
  float: WireType.Bit32,
  text: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
  ints: WireType.Varint,
  bigs: WireType.Varint,
  unsigneds: WireType.Varint,
  floats: WireType.Bit32,
  doubles: WireType.Bit64,
  texts: WireType.LengthDelimited,
  byteses: WireType.LengthDelimited,
};

const readers: Readonly<Record<Kind, (reader: BinaryReader) => unknown>> = {
  int: (reader) => toNumber(reader.int64()),
  float: (reader) => reader.float(),
  text: readName,
  bytes: (reader) => reader.bytes(),
  ints: (reader) => toNumber(reader.int64()),
  bigs: (reader) => BigInt(reader.int64()),
  unsigneds: (reader) => BigInt(reader.uint64()),
  floats: (reader) => reader.float(),
  doubles: (reader) => reader.double(),
  texts: readName,
  byteses: (reader) => reader.bytes(),
};

/** Decodes a message; fields that the table does not name are skipped. @throws GraphError when the bytes are corrupt */
export function decodeMessage<T extends MessageTable>(bytes: Uint8Array, table: T): Message<T> {
  const fields = new Map(Object.entries(table).map(([name, [number, kind]]) => [number, { name, kind }]));
  const message: Record<string, unknown> = {};
  for (const { name, kind } of fields.values()) message[name] = repeated.has(kind) ? [] : undefined;
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) readField(reader, fields, message);
  } catch (error) {
    // The reader throws errors of several classes at bytes it cannot make sense of.
    const why = error instanceof Error ? error.message : String(error);
    throw new GraphError(`Model is corrupt or not ONNX: ${why}`, {}, { cause: error });
  }
  return message as Message<T>;
}

function readField(
  reader: BinaryReader,
  fields: ReadonlyMap<number, { name: string; kind: Kind }>,
  message: Record<string, unknown>,
): void {
  const [number, wireType] = reader.tag();
  const field = fields.get(number);
  if (field === undefined) {
    reader.skip(wireType, number);
    return;
  }
  const { name, kind } = field;
  const list = message[name];
  if (Array.isArray(list) && wireType === WireType.LengthDelimited && wireTypes[kind] !== WireType.LengthDelimited) {
    readPacked(reader, kind, list);
  } else if (wireType !== wireTypes[kind]) {
    throw new RangeError(`field ${number} is of wire type ${wireType}, not ${wireTypes[kind]}`);
  } else if (Array.isArray(list)) {
    list.push(readers[kind](reader));
  } else {
    message[name] = readers[kind](reader);
  }
}

// Texts are names, which end up in messages of one line; what may be any text is bytes.
function readName(reader: BinaryReader): string {
  const name = reader.string(true);
  if (/\p{Cc}/u.test(name)) throw new RangeError("a name holds control characters");
  return name;
}

function readPacked(reader: BinaryReader, kind: Kind, list: unknown[]): void {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError("a list of numbers ends beyond the message");
  while (reader.pos < end) list.push(readers[kind](reader));
  if (reader.pos !== end) throw new RangeError("a list of numbers ends inside a number");
}

/** Encodes what is given of a message; numbers are packed. */
export function encodeMessage<T extends MessageTable>(table: T, message: Partial<Message<T>>): Uint8Array {
  const writer = new BinaryWriter();
  for (const [name, [number, kind]] of Object.entries(table)) {
    const value: unknown = message[name];
    if (value === undefined) continue;
    if (!repeated.has(kind)) {
      writer.tag(number, wireTypes[kind]);
      write(writer, kind, value);
    } else if (wireTypes[kind] === WireType.LengthDelimited) {
      for (const item of value as readonly unknown[]) {
        writer.tag(number, WireType.LengthDelimited);
        write(writer, kind, item);
      }
    } else if ((value as readonly unknown[]).length > 0) {
      writer.tag(number, WireType.LengthDelimited).fork();
      for (const item of value as readonly unknown[]) write(writer, kind, item);
      writer.join();
    }
  }
  return writer.finish();
}

function write(writer: BinaryWriter, kind: Kind, value: unknown): void {
  switch (kind) {
    case "int":
    case "ints":
    case "bigs":
      writer.int64(value as number | bigint);
      break;
    case "unsigneds":
      writer.uint64(value as bigint);
      break;
    case "float":
    case "floats":
      writer.float(value as number);
      break;
    case "doubles":
      writer.double(value as number);
      break;
    case "text":
    case "texts":
      writer.string(value as string);
      break;
    case "bytes":
    case "byteses":
      writer.bytes(value as Uint8Array);
      break;
    default:
      throw new TypeError(`Field kind ${String(kind satisfies never)} is not known`);
  }
}

function toNumber(value: bigint | string): number {
  return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}
