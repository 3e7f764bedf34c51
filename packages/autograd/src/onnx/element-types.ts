import { GraphError } from "../graph-error.ts";
import type { ElementType } from "../tensor.ts";

/** Numbers of the element types in a file (TensorProto.DataType of the specification), with the bytes an element takes. */
const elementTypes: Readonly<Record<ElementType, { code: number; bytes: number }>> = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  string: { code: 8, bytes: 0 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
};

const unsupported: Readonly<Record<number, string>> = {
  14: "complex64",
  15: "complex128",
  16: "bfloat16",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
};

const byCode = new Map(Object.entries(elementTypes).map(([type, { code }]) => [code, type as ElementType]));

/** The number a type has in a file, also the value of the attribute `to` of Cast. */
export function elementCode(type: ElementType): number {
  return elementTypes[type].code;
}

/** Bytes an element takes in raw data; 0 for strings. */
export function elementBytes(type: ElementType): number {
  return elementTypes[type].bytes;
}

/** The type of a number in a file. @throws GraphError when no graph here holds it; `where` names what is of that type */
export function elementTypeOf(code: number, where: string): ElementType {
  const type = byCode.get(code);
  if (type !== undefined) return type;
  throw new GraphError(`${where} has element type ${unsupported[code] ?? code}, which is not supported`);
}
