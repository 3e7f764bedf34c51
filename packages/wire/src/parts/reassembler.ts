import { concatenate } from "../cbor.ts";
import { decodeCbor } from "../cbor-decode.ts";
import { checkVersioned, payloadLimitBytes } from "../codec.ts";
import { accepted, refused, type Result } from "../result.ts";
import { sha256Hex } from "../signing/sha256.ts";
import { type Part, partSchema } from "./part.ts";
import { longestMessageBytes } from "./split-message.ts";

export type ReassemblerOptions = {
  /** Messages that are waited for at a time. @default 64 */
  readonly mostMessages?: number;
  /** Of one source. @default 4 */
  readonly mostOfSource?: number;
  /** Held at a time, of all messages together. @default twice the longest message */
  readonly mostBytes?: number;
  /** How long after its first part a message is waited for. @default 60000 */
  readonly lifetimeMilliseconds?: number;
};

/** Puts messages together from their parts, in whatever order and however often they come. */
export interface Reassembler {
  /**
   * Takes one part. Gives the whole message with its last missing part, nothing before that, or why the part cannot be used.
   *
   * @param source where it came from: no source can take away another's parts but the oldest, when there is no room left
   * @param now monotonic time [ms]
   */
  accept(source: string, part: Uint8Array, now: number): Promise<Result<Uint8Array | undefined>>;
  /** `dropped` messages were given up, for want of time or room. */
  state(): { readonly messages: number; readonly bytes: number; readonly dropped: number };
}

type Waiting = { readonly source: string; readonly since: number; readonly parts: Map<number, Uint8Array>; bytes: number };

/** A reassembler that holds no more than its bounds, whatever comes. */
export function createReassembler(options: ReassemblerOptions = {}): Reassembler {
  const { mostMessages = 64, mostOfSource = 4, mostBytes = 2 * longestMessageBytes, lifetimeMilliseconds = 60_000 } = options;
  /** In the order in which their first parts came. */
  const waiting = new Map<string, Waiting>();
  let held = 0;
  let dropped = 0;

  const remove = (key: string): void => {
    held -= waiting.get(key)?.bytes ?? 0;
    waiting.delete(key);
  };
  const drop = (key: string | undefined): void => {
    if (key === undefined) return;
    remove(key);
    dropped += 1;
  };
  const oldestOf = (source: string): string | undefined => waiting.entries().find(([, one]) => one.source === source)?.[0];
  const oldest = (): string | undefined => waiting.keys().next().value;

  const makeRoom = (source: string, now: number): void => {
    for (const [key, { since }] of waiting) if (now - since >= lifetimeMilliseconds) drop(key);
    const ofSource = waiting.values().reduce((sum, one) => sum + (one.source === source ? 1 : 0), 0);
    if (ofSource >= mostOfSource) drop(oldestOf(source));
    if (waiting.size >= mostMessages) drop(oldest());
  };

  const accept = async (source: string, payload: Uint8Array, now: number): Promise<Result<Uint8Array | undefined>> => {
    const decoded = decodePart(payload);
    if (!decoded.ok) return decoded;
    const { id, index, count, sha256, bytes } = decoded.value;
    const key = `${source}\0${id}\0${sha256}\0${count}`;
    let one = waiting.get(key);
    if (one !== undefined && now - one.since >= lifetimeMilliseconds) {
      drop(key);
      one = undefined;
    }
    if (one === undefined) {
      makeRoom(source, now);
      one = { source, since: now, parts: new Map(), bytes: 0 };
      waiting.set(key, one);
    }
    if (one.parts.has(index)) return accepted(undefined);
    one.parts.set(index, bytes);
    one.bytes += bytes.length;
    held += bytes.length;
    if (one.bytes > longestMessageBytes) {
      drop(key);
      return refused("too-large", `Message ${id} is too long: limit ${longestMessageBytes} bytes`);
    }
    if (one.parts.size < count) {
      for (const old of waiting.keys()) if (held > mostBytes) drop(old);
      return accepted(undefined);
    }
    remove(key);
    const whole = concatenate(Array.from({ length: count }, (_, i) => one.parts.get(i) as Uint8Array));
    if ((await sha256Hex(whole)) === sha256) return accepted(whole);
    return refused("malformed", `The parts of message ${id} do not make the message they are of`);
  };

  return { accept, state: () => ({ messages: waiting.size, bytes: held, dropped }) };
}

function decodePart(payload: Uint8Array): Result<Part> {
  if (payload.length > payloadLimitBytes) {
    return refused("too-large", `Part too long: ${payload.length} bytes, limit ${payloadLimitBytes}`);
  }
  const decoded = decodeCbor(payload);
  return decoded.ok ? checkVersioned("The part", partSchema, decoded.value) : decoded;
}
