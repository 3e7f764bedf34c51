import { crc16 } from "./crc16.ts";
import { hex, parseHex } from "./hex.ts";

/** Bytes that a line may have, its line feed included. */
export const LONGEST_LINE = 120;

/** A line of the board, taken apart. */
export type BoardLine =
  | { readonly kind: "answer"; readonly seq: number; readonly fields: readonly string[] }
  | { readonly kind: "refusal"; readonly seq: number; readonly code: string; readonly detail: string }
  | { readonly kind: "event"; readonly name: string; readonly fields: readonly string[] };

/** A line of the host, taken apart. */
export type HostLine = { readonly seq: number; readonly command: string; readonly fields: readonly string[] };

/** Why a line was not taken: too many bytes, bytes that no line has, a wrong checksum, or not one of the known forms. */
export type BadLine = "long" | "garbled" | "crc" | "form";

export type Decoded<Line> = { readonly ok: true; readonly line: Line } | { readonly ok: false; readonly reason: BadLine };

/**
 * A line ready to be written: text, checksum, line feed.
 *
 * @throws RangeError when it gets too long or holds a byte that no line has
 */
export function encodeLine(text: string): string {
  if (!/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text))
    throw new RangeError(`Line must be printable fields: ${JSON.stringify(text)}`);
  const line = `${text} ${hex(crc16(text), 4)}\n`;
  if (line.length > LONGEST_LINE) throw new RangeError(`Line too long: ${line.length} bytes, limit ${LONGEST_LINE}`);
  return line;
}

/** @throws RangeError when the line gets too long or `seq` is not 0–255 */
export function encodeHostLine(seq: number, command: string): string {
  if (!Number.isInteger(seq) || seq < 0 || seq > 0xff) throw new RangeError(`Sequence number must be 0 to 255: ${seq}`);
  return encodeLine(`${hex(seq, 2)} ${command}`);
}

/** Fields of a line without its line feed, when its checksum is right. Never throws. */
function openLine(text: string): Decoded<readonly string[]> {
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  if (line.length >= LONGEST_LINE) return { ok: false, reason: "long" };
  if (!/^[\x20-\x7e]*$/.test(line)) return { ok: false, reason: "garbled" };
  const found = /^(\S+(?: \S+)*) ([0-9A-F]{4})$/.exec(line);
  if (found === null) return { ok: false, reason: "form" };
  const [, body = "", crc = ""] = found;
  if (hex(crc16(body), 4) !== crc) return { ok: false, reason: "crc" };
  return { ok: true, line: body.split(" ") };
}

/** Takes a line of the board apart, given without its line feed. Never throws. */
export function decodeBoardLine(text: string): Decoded<BoardLine> {
  const opened = openLine(text);
  if (!opened.ok) return opened;
  const [head = "", kind = "", ...fields] = opened.line;
  if (head === "!!" && kind !== "") return { ok: true, line: { kind: "event", name: kind, fields } };
  const seq = head.length === 2 ? parseHex(head) : undefined;
  if (seq === undefined) return { ok: false, reason: "form" };
  if (kind === "OK") return { ok: true, line: { kind: "answer", seq, fields } };
  const [code, ...detail] = fields;
  if (kind !== "ERR" || code === undefined) return { ok: false, reason: "form" };
  return { ok: true, line: { kind: "refusal", seq, code, detail: detail.join(" ") } };
}

/** Takes a line of the host apart, given without its line feed. Never throws. */
export function decodeHostLine(text: string): Decoded<HostLine> {
  const opened = openLine(text);
  if (!opened.ok) return opened;
  const [head = "", command = "", ...fields] = opened.line;
  const seq = head.length === 2 ? parseHex(head) : undefined;
  if (seq === undefined || command === "") return { ok: false, reason: "form" };
  return { ok: true, line: { seq, command, fields } };
}
