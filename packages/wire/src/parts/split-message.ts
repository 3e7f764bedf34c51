import { encodeCbor } from "../cbor.ts";
import { payloadLimitBytes, payloadVersion } from "../codec.ts";
import { isId } from "../id.ts";
import { sha256Hex } from "../signing/sha256.ts";
import { mostParts } from "../topic.ts";

/** What a part carries besides its bytes, at the most [bytes]. */
const overheadBytes = 256;

/** Longest message that can be split [bytes]. */
export const longestMessageBytes: number = 8 * 1024 * 1024;

/**
 * The parts of a message in their order, each a payload of its own.
 *
 * @param limitBytes of one payload @default payloadLimitBytes
 * @throws RangeError when the id is not an id, or the message is too long
 */
export async function splitMessage(
  message: Uint8Array,
  id: string,
  limitBytes: number = payloadLimitBytes,
): Promise<Uint8Array[]> {
  if (!isId(id)) throw new RangeError(`Message id ${JSON.stringify(id)} is not an id: expected 1 to 36 of a-z, 0-9 and -`);
  const size = limitBytes - overheadBytes;
  const longest = Math.min(longestMessageBytes, size * mostParts);
  if (message.length > longest) throw new RangeError(`Message too long to split: ${message.length} bytes, limit ${longest}`);
  const count = Math.max(1, Math.ceil(message.length / size));
  const sha256 = await sha256Hex(message);
  return Array.from({ length: count }, (_, index) =>
    encodeCbor({ v: payloadVersion, id, index, count, sha256, bytes: message.subarray(index * size, (index + 1) * size) }),
  );
}
