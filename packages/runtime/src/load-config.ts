import { readFileSync } from "node:fs";
import { BadInputError, didYouMean } from "@ohmwork/core";
import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";

/**
 * Reads a YAML file that must fit a schema; use `z.strictObject`, so that a mistyped key is not passed over.
 * `overrides` take the place of top-level keys before anything is checked.
 *
 * @throws BadInputError in one line that names the file, the line and what was expected there
 */
export function loadConfig<T>(file: string, schema: z.ZodType<T>, overrides: Readonly<Record<string, unknown>> = {}): T {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new BadInputError(`${file}: ${missing ? "No such file" : (cause as Error).message}`, { where: file }, { cause });
  }
  return parseConfig(text, file, schema, overrides);
}

/** As `loadConfig`, from text; `file` is only named. */
export function parseConfig<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  overrides: Readonly<Record<string, unknown>> = {},
): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const fail = (offset: number, what: string, cause?: unknown): never => {
    const { line } = lines.linePos(offset);
    throw new BadInputError(`${file}:${Math.max(1, line)}: ${what}`, { where: file, line }, { cause });
  };

  const broken = document.errors[0];
  if (broken !== undefined) fail(broken.pos[0], `Not YAML: ${broken.message.split("\n")[0]}`, broken);
  if (!isMap(document.contents)) return fail(0, "Expected keys and values, such as `device: iris-1`");
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return fail(0, `Not YAML: ${(error as Error).message}`, error); // aliases without an anchor, or too many of them
  }
  const checked = schema.safeParse({ ...(value as object), ...overrides });
  if (checked.success) return checked.data;

  // A mistyped key is often also a missing one: the key that is there is what the user can look at.
  const { issues } = checked.error;
  const issue = issues.find((one) => one.code === "unrecognized_keys") ?? issues[0];
  if (issue === undefined) return fail(0, "Does not fit", checked.error);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] as string;
    const known = keysAt(schema, issue.path);
    return fail(offsetOf(document, [...issue.path, key], "key"), `Unknown key "${key}"${didYouMean(key, known)}`, checked.error);
  }
  const name = issue.path.join(".");
  if (!document.hasIn(issue.path) && issue.code === "invalid_type") {
    return fail(offsetOf(document, issue.path.slice(0, -1), "key"), `Missing key "${name}"`, checked.error);
  }
  return fail(offsetOf(document, issue.path, "value"), `Key "${name}": ${describe(issue.message)}`, checked.error);
}

/** Where a key or its value begins; the nearest thing around it where it is not in the file. */
function offsetOf(document: Document, path: readonly PropertyKey[], part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(document.contents);
  for (const [i, step] of path.entries()) {
    const last = i === path.length - 1;
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined;
    const next: unknown = pair === undefined ? document.getIn(path.slice(0, i + 1), true) : pair.value;
    const place = pair !== undefined && (!last || part === "key" || !isNode(next)) ? pair.key : next;
    if (!isNode(place)) break;
    offset = startOf(place);
    node = next;
  }
  return offset;
}

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0;

/** Keys that a schema knows at a path; none where it is not an object there. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const step of path) {
    const whole = unwrap(at);
    at = whole instanceof z.ZodObject ? whole.shape[String(step)] : whole instanceof z.ZodArray ? whole.element : undefined;
  }
  const object = unwrap(at);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodExactOptional) {
    inner = inner.unwrap();
  }
  return inner;
}

/** Zod's messages begin with what is wrong in general; what was expected is what a reader needs. */
const describe = (message: string): string => message.replace(/^Invalid (input|option): /, "").replaceAll(/\s+/g, " ");
