import { GraphError } from "../graph-error.ts";
import { type ElementType, sizeOf, type Tensor, type TensorData } from "../tensor.ts";
import { elementBytes, elementCode, elementTypeOf } from "./element-types.ts";
import { decodeMessage, encodeMessage, type Message } from "./message.ts";
import { tensorTable } from "./tables.ts";

type TensorMessage = Message<typeof tensorTable>;

/** A tensor with its name from the bytes of a TensorProto; `where` names it in errors if it has no name. */
export function decodeTensor(bytes: Uint8Array, where: string): { name: string; tensor: Tensor } {
  const message = decodeMessage(bytes, tensorTable);
  const name = message.name ?? "";
  const what = name === "" ? `Tensor of ${where}` : `Tensor "${name}"`;
  if (message.external.length > 0 || (message.location ?? 0) !== 0) {
    throw new GraphError(`${what} keeps its data in another file: save the model with the data inside it`);
  }
  if (message.segment !== undefined) throw new GraphError(`${what} is stored in segments, which is not supported`);
  const type = elementTypeOf(message.type ?? 0, what);
  const shape = message.sizes;
  if (shape.some((size) => size < 0)) throw new GraphError(`${what} has shape [${shape.join(", ")}]: a size below zero`);
  const data = message.raw === undefined ? listedData(message, type, what) : rawData(message.raw, type, what);
  const size = sizeOf(shape);
  if (data.length !== size) {
    throw new GraphError(`${what} of shape [${shape.join(", ")}] needs ${size} values: the file has ${data.length}`);
  }
  return { name, tensor: { type, shape, data } };
}

/** The bytes of a TensorProto, the numbers as raw data. */
export function encodeTensor(tensor: Tensor, name?: string): Uint8Array {
  const head = { sizes: tensor.shape, type: elementCode(tensor.type), ...(name === undefined ? {} : { name }) };
  if (tensor.type === "string") {
    return encodeMessage(tensorTable, { ...head, texts: (tensor.data as readonly string[]).map(toBytes) });
  }
  const { buffer, byteOffset, byteLength } = tensor.data as Uint8Array;
  return encodeMessage(tensorTable, { ...head, raw: new Uint8Array(buffer, byteOffset, byteLength) });
}

/** Text of bytes of UTF-8. @throws GraphError when they are not; `where` names what holds them */
export function toText(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new GraphError(`${where} holds bytes that are not text in UTF-8`, {}, { cause });
  }
}

export function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

// Raw data is little-endian, as is every machine that runs this; the copy starts where the array's elements may start.
function rawData(raw: Uint8Array, type: ElementType, what: string): TensorData {
  if (type === "string") throw new GraphError(`${what} is of strings, which cannot be raw data`);
  const width = elementBytes(type);
  if (raw.length % width !== 0) {
    throw new GraphError(`${what} has ${raw.length} bytes of raw data, not a multiple of the ${width} of a ${type}`);
  }
  return arrayOver(type, new Uint8Array(raw).buffer);
}

function arrayOver(type: Exclude<ElementType, "string">, buffer: ArrayBuffer): TensorData {
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
    case "uint16":
      return new Uint16Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    default:
      throw new TypeError(`Element type ${String(type satisfies never)} is not known`);
  }
}

/** Data kept as a list of numbers; which list holds which type is told by the specification at TensorProto's fields. */
function listedData(message: TensorMessage, type: ElementType, what: string): TensorData {
  switch (type) {
    case "float32":
      return Float32Array.from(message.floats);
    case "float64":
      return Float64Array.from(message.doubles);
    case "int64":
      return BigInt64Array.from(message.bigs);
    case "uint64":
      return BigUint64Array.from(message.unsigneds);
    case "uint32":
      return Uint32Array.from(message.unsigneds, Number);
    case "int8":
      return Int8Array.from(message.ints);
    case "int16":
      return Int16Array.from(message.ints);
    case "int32":
      return Int32Array.from(message.ints);
    case "uint8":
    case "bool":
      return Uint8Array.from(message.ints);
    case "uint16":
    case "float16":
      return Uint16Array.from(message.ints);
    case "string":
      return message.texts.map((bytes) => toText(bytes, what));
    default:
      throw new TypeError(`Element type ${String(type satisfies never)} is not known`);
  }
}
