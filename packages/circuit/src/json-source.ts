import { parse, type ValueNode } from "@humanwhocodes/momoa";
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

/**
 * Parses JSON text and keeps the position of every value. A key used twice in one object is an error.
 *
 * @param file named in messages
 * @throws BadInputError with file, line and column
 */
export function parseJsonSource(text: string, file: string): JsonNode {
  const fail = ({ line, column }: { line: number; column: number }, problem: string, cause?: unknown): never => {
    throw new BadInputError(`${file}:${line}:${column}: ${problem}`, { where: file, line }, { cause });
  };

  const convert = (node: ValueNode, depth: number): JsonNode => {
    const { line, column } = node.loc.start;
    if (depth > deepest) return fail(node.loc.start, `JSON nested deeper than ${deepest}`);
    switch (node.type) {
      case "Object": {
        const entries = new Map<string, JsonNode>();
        for (const { name, value } of node.members) {
          const key = name.type === "String" ? name.value : name.name;
          if (entries.has(key)) fail(name.loc.start, `Key "${key}" used twice`);
          entries.set(key, convert(value, depth + 1));
        }
        return { line, column, kind: "object", entries };
      }
      case "Array":
        return { line, column, kind: "array", items: node.elements.map(({ value }) => convert(value, depth + 1)) };
      case "Number":
        if (!Number.isFinite(node.value)) fail(node.loc.start, "Number too large for double precision");
        return { line, column, kind: "number", value: node.value };
      case "String":
        return { line, column, kind: "string", value: node.value };
      case "Boolean":
        return { line, column, kind: "boolean", value: node.value };
      default:
        return { line, column, kind: "null" };
    }
  };

  const source = text.replace(/^\uFEFF/, "");
  try {
    JSON.parse(source);
  } catch (error) {
    // The engine's parser says best what it expected; where it does not say the place, the other one does.
    const { message } = error as Error;
    const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(message) ?? [];
    const position = line === undefined ? errorPosition(source) : { line: Number(line), column: Number(column) };
    const problem = message
      .replace(/, (?:\.\.\.)?"[^]*" is not valid JSON$/, "")
      .replace(/ in JSON at position .*$/, "")
      .replace(" JSON input", " text");
    return fail(position, `Malformed JSON: ${problem}`, error);
  }
  try {
    return convert(parse(source).body, 0);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail({ line: 1, column: 1 }, `JSON nested deeper than ${deepest}`, error); // deeper than the call stack, even
  }
}

/** Where a text stops being JSON; its end, where it only stops too early. */
function errorPosition(source: string): { line: number; column: number } {
  try {
    parse(source);
  } catch (error) {
    const { message, line, column } = error as Error & { line?: number; column?: number };
    if (line !== undefined && column !== undefined && !message.includes("end of input")) return { line, column };
  }
  const lines = source.trimEnd().split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}
