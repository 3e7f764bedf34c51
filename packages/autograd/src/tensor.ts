/** Element types of ONNX that graphs here may hold, by the name of their typed array's element. */
export type ElementType =
  | "float32"
  | "float64"
  | "float16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool"
  | "string";

/** What holds the elements: booleans as bytes of 0 and 1, half floats as their bit patterns. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];

/** Numbers in row-major order with their shape; a scalar has the shape []. */
export type Tensor = { readonly type: ElementType; readonly shape: readonly number[]; readonly data: TensorData };

/** Types whose values a derivative can flow through. */
export type FloatType = "float32" | "float64" | "float16";

/** Whether a derivative can flow through values of this type. */
export function isFloat(type: ElementType): type is FloatType {
  return type === "float32" || type === "float64" || type === "float16";
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * A tensor of numbers, converted to the array its type is held in.
 *
 * @throws RangeError when the numbers do not fill the shape
 * @throws TypeError for the type `string`
 */
export function tensor(type: ElementType, shape: readonly number[], values: ArrayLike<number>): Tensor {
  const size = sizeOf(shape);
  if (values.length !== size) {
    throw new RangeError(`Tensor of shape [${shape.join(", ")}] needs ${size} values: ${values.length} given`);
  }
  return { type, shape, data: dataOf(type, values) };
}

function dataOf(type: ElementType, values: ArrayLike<number>): TensorData {
  switch (type) {
    case "float32":
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case "float64":
      return values instanceof Float64Array ? values : Float64Array.from(values);
    case "float16":
      return new Uint16Array(Float16Array.from(values).buffer);
    case "int8":
      return Int8Array.from(values);
    case "int16":
      return Int16Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "int64":
      return BigInt64Array.from(Array.from(values, (value) => BigInt(Math.trunc(value))));
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
    case "uint16":
      return Uint16Array.from(values);
    case "uint32":
      return Uint32Array.from(values);
    case "uint64":
      return BigUint64Array.from(Array.from(values, (value) => BigInt(Math.trunc(value))));
    case "string":
      throw new TypeError("Tensor of strings cannot be made from numbers");
    default:
      throw new TypeError(`Tensor type ${String(type satisfies never)} is not known`);
  }
}

/** An element as text by which it differs from every other one of its type, 0 from −0 as well. */
export function textOfElement(element: number | bigint | string): string {
  if (typeof element === "string") return JSON.stringify(element);
  return Object.is(element, -0) ? "-0" : String(element);
}

/** The elements as plain numbers. @throws TypeError for strings; half floats are decoded */
export function numbersOf(of: Tensor): number[] {
  if (of.type === "string") throw new TypeError("Tensor of strings has no numbers");
  if (of.type === "float16") return Array.from(new Float16Array(Uint16Array.from(of.data as Uint16Array).buffer));
  return Array.from(of.data as ArrayLike<number | bigint>, Number);
}
