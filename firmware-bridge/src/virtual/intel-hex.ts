import { BadInputError } from "@ohmwork/core";

/** Program memory of an ATmega328P [bytes]. */
export const FLASH_BYTES = 32_768;

/** What a hex file puts where: erased memory (0xff) elsewhere. */
export type FlashImage = {
  readonly bytes: Uint8Array;
  /** Lowest address that the file writes. */
  readonly start: number;
  /** One past the highest. */
  readonly end: number;
};

const DATA = 0;
const END_OF_FILE = 1;
const EXTENDED_SEGMENT = 2;
const START_SEGMENT = 3;
const EXTENDED_LINEAR = 4;
const START_LINEAR = 5;

/**
 * Reads an Intel HEX file (Intel, Hexadecimal Object File Format Specification, revision A, 1988).
 *
 * @throws BadInputError naming the line when it is not one, when a checksum differs or when it does not fit
 */
export function parseIntelHex(text: string, where = "hex file"): FlashImage {
  const bytes = new Uint8Array(FLASH_BYTES).fill(0xff);
  let base = 0;
  let start = FLASH_BYTES;
  let end = 0;
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const fail = (what: string): BadInputError =>
      new BadInputError(`${what} in line ${index + 1} of ${where}`, { where, line: index + 1 });
    if (line === "") continue;
    if (!/^:(?:[0-9a-f]{2}){5,}$/i.test(line)) throw fail("No Intel HEX record");
    const record = Uint8Array.from(Buffer.from(line.slice(1), "hex"));
    const length = record[0] as number;
    if (record.length !== length + 5) throw fail(`Record of ${record.length - 5} data bytes, ${length} announced`);
    if ((record.reduce((sum, byte) => sum + byte, 0) & 0xff) !== 0) throw fail("Wrong checksum");
    const data = record.subarray(4, 4 + length);
    const word = length >= 2 ? ((data[0] as number) << 8) | (data[1] as number) : 0;
    switch (record[3]) {
      case DATA: {
        const at = base + (((record[1] as number) << 8) | (record[2] as number));
        if (at + length > FLASH_BYTES) throw fail(`Address 0x${at.toString(16)} past the end of flash`);
        bytes.set(data, at);
        start = Math.min(start, at);
        end = Math.max(end, at + length);
        break;
      }
      case END_OF_FILE:
        return { bytes, start, end };
      case EXTENDED_SEGMENT:
        base = word << 4;
        break;
      case EXTENDED_LINEAR:
        base = word * 65_536;
        break;
      case START_SEGMENT:
      case START_LINEAR:
        break; // where a processor with segments would begin
      default:
        throw fail(`Unknown record type ${record[3]}`);
    }
  }
  throw new BadInputError(`No end record in ${where}`, { where });
}
