/** Bytes of a number that is not written as an integer: the shortest of the three IEEE 754 formats that holds it (RFC 8949 §4.1). */
export function encodeFloat(value: number): Uint8Array {
  const half = halfOf(value);
  const size = half === undefined ? (Object.is(Math.fround(value), value) ? 4 : 8) : 2;
  const bytes = new Uint8Array(1 + size);
  const view = new DataView(bytes.buffer);
  if (half !== undefined) view.setUint16(1, half);
  else if (size === 4) view.setFloat32(1, value);
  else view.setFloat64(1, value);
  bytes[0] = size === 2 ? 0xf9 : size === 4 ? 0xfa : 0xfb;
  return bytes;
}

/** Whether a number travels as an integer: whole, of 2⁵³ at the most, and not −0. */
export const isWhole = (value: number): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);

/** The 16 bits of binary16 that hold exactly this value; undefined where there are none. */
function halfOf(value: number): number | undefined {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign | 0x7c00;
  const steps = size * 2 ** 24; // of the smallest subnormal; exact, but for what is beyond binary16 anyway
  if (size >= 65_536 || !Number.isInteger(steps)) return undefined;
  if (steps < 1024) return sign | steps;
  const exponent = Math.floor(Math.log2(steps)) - 10; // whole powers of two below 2^41: log2 is exact on them
  const mantissa = steps / 2 ** exponent;
  return Number.isInteger(mantissa) ? sign | (((exponent + 1) << 10) + (mantissa - 1024)) : undefined;
}

/** The number in the bytes of a float of 2, 4 or 8 bytes, their head included. */
export function decodeFloat(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength === 9) return view.getFloat64(1);
  if (view.byteLength === 5) return view.getFloat32(1);
  const bits = view.getUint16(1);
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}
