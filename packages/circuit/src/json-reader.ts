import { BadInputError, didYouMean } from "@ohmwork/core";
import type { JsonNode } from "./json-source.ts";

/** What a number has to be. */
export type NumberRule = "any" | "positive" | "zero-or-more" | "whole";

/** Magnitudes outside this window are typing errors; inside it no conductance overflows. */
const smallestMagnitude = 1e-30;
const largestMagnitude = 1e30;

const ruleTexts: Readonly<Record<NumberRule, string>> = {
  any: "a number",
  positive: "a number above 0",
  "zero-or-more": "a number of 0 or more",
  whole: "a whole number of 0 or more",
};

function obeys(value: number, rule: NumberRule): boolean {
  if (rule === "positive") return value > 0;
  if (rule === "any") return true;
  return value >= 0 && (rule === "zero-or-more" || Number.isInteger(value));
}

function shown(node: JsonNode): string {
  if (node.kind === "string") return JSON.stringify(node.value);
  if (node.kind === "number" || node.kind === "boolean") return String(node.value);
  return { object: "an object", array: "a list", null: "null" }[node.kind];
}

/** Reads typed values out of one JSON text; every complaint names file, line and what was expected. */
export class JsonReader {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** @throws BadInputError always */
  fail(node: JsonNode, problem: string, cause?: unknown): never {
    throw new BadInputError(
      `${this.file}:${node.line}: ${problem}`,
      { where: this.file, line: node.line },
      ...(cause === undefined ? [] : [{ cause }]),
    );
  }

  /** Entries of an object that has known keys only. */
  object(node: JsonNode, what: string, known?: readonly string[]): ReadonlyMap<string, JsonNode> {
    if (node.kind !== "object") return this.fail(node, `${what} must be an object: ${shown(node)}`);
    for (const [key, value] of node.entries) {
      if (known !== undefined && !known.includes(key))
        this.fail(value, `${what} has an unknown key "${key}"${didYouMean(key, known)}`);
    }
    return node.entries;
  }

  list(node: JsonNode, what: string): readonly JsonNode[] {
    return node.kind === "array" ? node.items : this.fail(node, `${what} must be a list: ${shown(node)}`);
  }

  text(node: JsonNode, what: string): string {
    if (node.kind !== "string") return this.fail(node, `${what} must be text in quotes: ${shown(node)}`);
    return node.value === "" ? this.fail(node, `${what} must not be empty`) : node.value;
  }

  number(node: JsonNode, what: string, rule: NumberRule): number {
    if (node.kind !== "number" || !obeys(node.value, rule))
      return this.fail(node, `${what} must be ${ruleTexts[rule]}: ${shown(node)}`);
    const magnitude = Math.abs(node.value);
    if (magnitude !== 0 && (magnitude < smallestMagnitude || magnitude > largestMagnitude))
      this.fail(node, `${what} must be of magnitude 1e-30 to 1e30: ${node.value}`);
    return node.value;
  }

  /** The value of a key that has to be there. */
  required(owner: JsonNode, key: string, what: string): JsonNode {
    const found = owner.kind === "object" ? owner.entries.get(key) : undefined;
    return found ?? this.fail(owner, `${what} has no "${key}"`);
  }
}
