import { BadInputError } from "@ohmwork/core";

/** Unsigned bytes in row-major order with their shape, such as [60000, 28, 28]. */
export type Idx = { readonly shape: readonly number[]; readonly data: Uint8Array };

const UNSIGNED_BYTES = 0x08;

/**
 * The contents of an IDX file of unsigned bytes, the format of MNIST (Y. LeCun, C. Cortes, C. J. C. Burges): two zero bytes, the
 * type, the number of dimensions, each dimension as 32 bits, most significant first, then the values. `data` is a view into `bytes`.
 *
 * @param options.file name for messages. @default "IDX"
 * @throws BadInputError when it is anything else, is cut short or goes on after its end
 */
export function parseIdx(bytes: Uint8Array, options: { readonly file?: string } = {}): Idx {
  const { file = "IDX" } = options;
  const fail = (problem: string): never => {
    throw new BadInputError(`${file}: ${problem}`, { where: file });
  };
  const [first, second, type, dimensions = 0] = bytes;
  if (first === 0x1f && second === 0x8b) fail("Still packed with gzip, expected unpacked IDX");
  if (bytes.length < 4) fail(`Cut short: ${bytes.length} bytes, expected an IDX header of 4 or more`);
  if (first !== 0 || second !== 0)
    fail(`Not an IDX file: begins ${hex(bytes.subarray(0, 4))}, expected 00 00 08 and the dimensions`);
  if (type !== UNSIGNED_BYTES) fail(`Holds values of type 0x${hex(bytes.subarray(2, 3))}, expected unsigned bytes, 0x08`);
  if (dimensions === 0) fail("Has no dimensions, expected 1 or more");
  const header = 4 + 4 * dimensions;
  if (bytes.length < header)
    fail(`Cut short: ${bytes.length} bytes, expected a header of ${header} for ${dimensions} dimensions`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, size) => product * size, 1);
  const found = bytes.length - header;
  if (found < count) fail(`Cut short: ${found} values, expected ${count} for shape [${shape.join(", ")}]`);
  if (found > count) fail(`Goes on after its end: ${found} values, expected ${count} for shape [${shape.join(", ")}]`);
  return { shape, data: bytes.subarray(header) };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
