import type { z } from "zod";
import { encodeCbor } from "./cbor.ts";
import { decodeCbor } from "./cbor-decode.ts";
import { type Kind, type MessageSpec, messages, type Payloads } from "./message-map.ts";
import { accepted, refused, type Result } from "./result.ts";

/** Longest payload that travels [bytes]: what AWS IoT carries, the narrowest broker this is made for. */
export const payloadLimitBytes = 131_072;

/** Version that every payload names as `v`, so that a stored one can be read without its topic. */
export const payloadVersion = 1;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Bytes of a payload. The same payload gives the same bytes, whatever the order of its keys.
 *
 * @param limitBytes more than 128 KiB only for what `splitMessage` is to part @default payloadLimitBytes
 * @throws RangeError when the payload does not fit its schema or is longer than the limit
 */
export function encode<K extends Kind>(kind: K, payload: Payloads[K], limitBytes: number = payloadLimitBytes): Uint8Array {
  const { codec, schema }: MessageSpec<K> = messages[kind];
  const checked = schema.safeParse(payload);
  if (!checked.success) throw new RangeError(`Payload of ${kind} does not fit: ${firstIssue(checked.error)}`);
  const versioned = { v: payloadVersion, ...checked.data };
  const bytes = codec === "cbor" ? encodeCbor(versioned) : new TextEncoder().encode(JSON.stringify(versioned));
  const limit = limitOf(kind, limitBytes);
  if (bytes.length > limit) {
    throw new RangeError(`Payload of ${kind} too long: ${bytes.length} bytes, limit ${limit}`);
  }
  return bytes;
}

/**
 * The payload in some bytes, or why there is none. Never throws, whatever the bytes. Unknown keys are left out.
 *
 * @param limitBytes more than 128 KiB only for what came in parts @default payloadLimitBytes
 */
export function decode<K extends Kind>(kind: K, bytes: Uint8Array, limitBytes: number = payloadLimitBytes): Result<Payloads[K]> {
  const { codec, schema }: MessageSpec<K> = messages[kind];
  const limit = limitOf(kind, limitBytes);
  if (bytes.length > limit) {
    return refused("too-large", `Payload of ${kind} too long: ${bytes.length} bytes, limit ${limit}`);
  }
  const value = codec === "cbor" ? decodeCbor(bytes) : decodeJson(bytes);
  return value.ok ? checkVersioned(`Payload of ${kind}`, schema, value.value) : value;
}

/** Only what may be parted can be longer than one payload. */
const limitOf = (kind: Kind, limitBytes: number): number =>
  messages[kind].parts === true ? limitBytes : Math.min(limitBytes, payloadLimitBytes);

/** What fits the schema in a value that names its version, or why it cannot be used. */
export function checkVersioned<Value>(what: string, schema: z.ZodType<Value>, value: unknown): Result<Value> {
  if (typeof value !== "object" || value === null) return refused("invalid", `${what} is not an object`);
  const version = "v" in value ? value.v : undefined;
  if (version !== payloadVersion) {
    const shown = typeof version === "number" ? version : version === undefined ? "none" : "that is no number";
    return refused("unknown-version", `${what} has version ${shown}, expected ${payloadVersion}`);
  }
  return checkFits(what, schema, value);
}

/** What fits the schema in a value, or why nothing does. */
export function checkFits<Value>(what: string, schema: z.ZodType<Value>, value: unknown): Result<Value> {
  const checked = schema.safeParse(value);
  return checked.success ? accepted(checked.data) : refused("invalid", `${what} does not fit: ${firstIssue(checked.error)}`);
}

function decodeJson(bytes: Uint8Array): Result<unknown> {
  try {
    return accepted(JSON.parse(utf8.decode(bytes)) as unknown);
  } catch (error) {
    return refused("malformed", `Payload is not JSON: ${oneLine(error)}`);
  }
}

/** What is wrong first, and where, in one line. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return oneLine(issue === undefined ? "unknown" : `${issue.path.join(".")}: ${issue.message}`);
}

const oneLine = (value: unknown): string =>
  String(value instanceof Error ? value.message : value)
    .replaceAll(/\s+/g, " ")
    .slice(0, 200);
