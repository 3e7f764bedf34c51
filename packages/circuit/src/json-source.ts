import { BadInputError } from "@ohmwork/core";

/** A JSON value that knows where in its text it stands, so that what is wrong with it can be said with a line. */
export type JsonNode = { readonly line: number; readonly column: number } & (
  | { readonly kind: "object"; readonly entries: ReadonlyMap<string, JsonNode> }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
);

/** Deeper nesting than any network needs, and far from the end of the call stack. */
const deepest = 100;

const patterns = {
  space: /[ \t\n\r]*/y,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  // oxlint-disable-next-line no-control-regex -- RFC 8259 wants control characters escaped
  string: /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y,
  word: /true|false|null/y,
} as const;

/**
 * Parses JSON text (RFC 8259) and keeps the position of every value. A key used twice in one object is an error.
 *
 * @param file named in messages
 * @throws BadInputError with file, line and column
 */
export function parseJsonSource(text: string, file: string): JsonNode {
  let at = text.startsWith("\uFEFF") ? 1 : 0;

  const place = (offset: number): { line: number; column: number } => {
    const before = text.slice(0, offset);
    const start = before.lastIndexOf("\n") + 1;
    return { line: before.split("\n").length, column: offset - start + 1 };
  };
  const fail = (problem: string, offset = at): never => {
    const { line, column } = place(offset);
    throw new BadInputError(`${file}:${line}:${column}: ${problem}`, { where: file, line });
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (): void => void take(patterns.space);
  const seen = (): string =>
    at < text.length ? `"${String.fromCodePoint(text.codePointAt(at) as number)}"` : "the end of the text";
  const expect = (mark: string, where: string): void => {
    if (text[at] !== mark) fail(`Malformed JSON: expected "${mark}" ${where}, found ${seen()}`);
    at += 1;
  };
  const string = (): string => {
    const start = at;
    const found = take(patterns.string);
    if (found === undefined) return fail("Malformed JSON: string not closed, or with a character that must be escaped", start);
    return JSON.parse(found) as string;
  };

  // Lines are counted as the text goes by; counting from the start for every value would be quadratic.
  let line = 1;
  let lineStart = 0;
  let counted = 0;
  const here = (): { line: number; column: number } => {
    for (let next = text.indexOf("\n", counted); next >= 0 && next < at; next = text.indexOf("\n", counted)) {
      line += 1;
      lineStart = next + 1;
      counted = next + 1;
    }
    return { line, column: at - lineStart + 1 };
  };

  const value = (depth: number): JsonNode => {
    if (depth > deepest) return fail(`JSON nested deeper than ${deepest}`);
    const position = here();
    const start = at;
    if (text[at] === "{") {
      at += 1;
      const entries = new Map<string, JsonNode>();
      skip();
      for (let first = true; text[at] !== "}"; first = false) {
        if (!first) {
          expect(",", 'or "}" in an object');
          skip();
        }
        if (text[at] !== '"') fail(`Malformed JSON: expected a key in quotes, found ${seen()}`);
        const keyStart = at;
        const key = string();
        if (entries.has(key)) fail(`Key "${key}" used twice`, keyStart);
        skip();
        expect(":", `after the key "${key}"`);
        skip();
        entries.set(key, value(depth + 1));
        skip();
      }
      at += 1;
      return { ...position, kind: "object", entries };
    }
    if (text[at] === "[") {
      at += 1;
      const items: JsonNode[] = [];
      skip();
      for (let first = true; text[at] !== "]"; first = false) {
        if (!first) {
          expect(",", 'or "]" in a list');
          skip();
        }
        items.push(value(depth + 1));
        skip();
      }
      at += 1;
      return { ...position, kind: "array", items };
    }
    if (text[at] === '"') return { ...position, kind: "string", value: string() };
    const number = take(patterns.number);
    if (number !== undefined) {
      const parsed = Number(number);
      if (!Number.isFinite(parsed)) fail(`Number too large: ${number}`, start);
      return { ...position, kind: "number", value: parsed };
    }
    const word = take(patterns.word);
    if (word === "null") return { ...position, kind: "null" };
    if (word !== undefined) return { ...position, kind: "boolean", value: word === "true" };
    return fail(`Malformed JSON: expected a value, found ${seen()}`);
  };

  skip();
  const root = value(0);
  skip();
  if (at < text.length) fail(`Malformed JSON: expected the end of the text, found ${seen()}`);
  return root;
}
