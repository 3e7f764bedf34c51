import { BadInputError } from "@ohmwork/core";

/** Size of a block, and of a header (POSIX.1-2001, ustar). */
const BLOCK = 512;

/**
 * Plain files of a tar archive, in its order; folders, links and what else may stand in it are passed over.
 *
 * @param file name for messages
 * @throws BadInputError in one line when it is no tar archive, or is cut short
 */
export function* tarFiles(bytes: Uint8Array, file: string): Generator<{ readonly name: string; readonly bytes: Uint8Array }> {
  const fail = (problem: string): never => {
    throw new BadInputError(`${file}: ${problem}`, { where: file });
  };
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    if (sumOf(header) !== octalAt(header, 148, 8)) fail(`Not a tar archive: the header at byte ${at} has another sum`);
    const size = octalAt(header, 124, 12);
    const start = at + BLOCK;
    if (!(start + size <= bytes.length)) fail(`Tar archive is cut short: ${bytes.length} bytes, ${start + size} expected`);
    const prefix = textAt(header, 345, 155);
    const name = textAt(header, 0, 100);
    const kind = header[156];
    if (kind === 0x30 || kind === 0)
      yield { name: prefix === "" ? name : `${prefix}/${name}`, bytes: bytes.subarray(start, start + size) };
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** Sum of all bytes, those of the sum itself counted as spaces. */
function sumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}

function textAt(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octalAt(header: Uint8Array, at: number, length: number): number {
  const digits = textAt(header, at, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}
