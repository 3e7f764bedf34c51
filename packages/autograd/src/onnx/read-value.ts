import { GraphError } from "../graph-error.ts";
import type { Dimension, Shape, ValueType } from "../graph.ts";
import { elementTypeOf } from "./element-types.ts";
import { decodeMessage } from "./message.ts";
import { dimensionTable, shapeTable, tensorTypeTable, typeTable, valueTable } from "./tables.ts";

const otherTypes = ["sequence", "map", "opaque", "sparse", "optional"] as const;

/** A value's name, and its type as far as the file tells it. @throws GraphError when it is not a tensor */
export function readValue(bytes: Uint8Array): { name: string; type: ValueType | undefined } {
  const value = decodeMessage(bytes, valueTable);
  const name = value.name ?? "";
  if (value.type === undefined) return { name, type: undefined };
  const type = decodeMessage(value.type, typeTable);
  for (const other of otherTypes) {
    if (type[other] !== undefined) throw new GraphError(`Value "${name}" is of type ${other}: only tensors are supported`);
  }
  if (type.tensor === undefined) return { name, type: undefined };
  const tensor = decodeMessage(type.tensor, tensorTypeTable);
  if ((tensor.element ?? 0) === 0) return { name, type: undefined };
  const element = elementTypeOf(tensor.element ?? 0, `Value "${name}"`);
  return { name, type: { type: element, shape: tensor.shape === undefined ? undefined : readShape(tensor.shape, name) } };
}

// A size without a number and without a name is one of its own, which the name it gets here says.
function readShape(bytes: Uint8Array, name: string): Shape {
  return decodeMessage(bytes, shapeTable).dimensions.map((item, axis): Dimension => {
    const dimension = decodeMessage(item, dimensionTable);
    if (dimension.size !== undefined && dimension.size >= 0) return dimension.size;
    return dimension.name === undefined || dimension.name === "" ? `?${name}.${axis}` : dimension.name;
  });
}
