/** What a cell of a number column holds; `value` is rounded to the 32 bits that a batch holds. */
export type Cell = { readonly kind: "number"; readonly value: number } | { readonly kind: "missing" | "infinite" | "text" };

/** What people and programs write where a value is missing, in lower case. */
const missing = new Set(["", "?", "-", "na", "n/a", "nan", "null", "none"]);
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const infinite = /^[+-]?inf(inity)?$/i;

/** Reads a trimmed cell. A number too large for 32 bits counts as infinite. */
export function readCell(text: string): Cell {
  if (missing.has(text.toLowerCase())) return { kind: "missing" };
  if (infinite.test(text)) return { kind: "infinite" };
  if (!number.test(text)) return { kind: "text" };
  const value = Math.fround(Number(text));
  return Number.isFinite(value) ? { kind: "number", value } : { kind: "infinite" };
}

/** The user's own text, on one line of a message. */
export function quoteCell(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
