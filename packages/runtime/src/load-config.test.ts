import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadConfig, parseConfig } from "./load-config.ts";

type Config = {
  system: string;
  seed: number;
  port?: "simulated" | "virtual";
  nested?: { depth: number };
  list?: { id: string }[];
};
const schema = z.strictObject({
  system: z.string(),
  seed: z.int(),
  port: z.exactOptional(z.enum(["simulated", "virtual"])),
  nested: z.exactOptional(z.strictObject({ depth: z.number() })),
  list: z.exactOptional(z.array(z.strictObject({ id: z.string() }))),
}) as z.ZodType<Config>;
const parse = (text: string): Config => parseConfig(text, "demo.yaml", schema);

describe("parseConfig()", () => {
  it("gives what fits, and lets overrides take a key's place", () => {
    expect(parse("system: iris\nseed: 3 # why not\n")).toEqual({ system: "iris", seed: 3 });
    expect(parseConfig("system: a\nseed: 1\nport: /dev/x\n", "d", schema, { port: "simulated" }).port).toBe("simulated");
  });
  it.each([
    ["a mistyped key", "# hello\n\nsytem: iris\nseed: 1", 'demo.yaml:3: Unknown key "sytem", did you mean "system"?'],
    [
      "a key like no other",
      "system: a\nseed: 1\ncolour: red",
      'demo.yaml:3: Unknown key "colour", expected one of system, seed, port, nested, list',
    ],
    ["a mistyped key inside", "system: a\nseed: 1\nnested:\n  dept: 1", 'demo.yaml:4: Unknown key "dept", did you mean "depth"?'],
    [
      "a mistyped key in a list",
      "system: a\nseed: 1\nlist:\n  - id: a\n  - di: b",
      'demo.yaml:5: Unknown key "di", did you mean "id"?',
    ],
    ["a wrong type", "system: a\nseed: yes please", 'demo.yaml:2: Key "seed": expected number, received string'],
    ["a wrong choice", "system: a\nseed: 1\nport: usb", 'demo.yaml:3: Key "port": expected one of "simulated"|"virtual"'],
    ["a key without a value", "system:\nseed: 1", 'demo.yaml:1: Key "system": expected string, received null'],
    ["a missing key", "seed: 1", 'demo.yaml:1: Missing key "system"'],
    ["a missing key inside", "system: a\nseed: 1\nnested: {}", 'demo.yaml:3: Missing key "nested.depth"'],
    ["a key twice", "system: a\nseed: 1\nsystem: b", "demo.yaml:3: Not YAML: Map keys must be unique"],
    ["broken YAML", "system: a\nseed: [1", "demo.yaml:2: Not YAML: "],
    ["an alias to nothing", "system: *x\nseed: 1", "demo.yaml:1: Not YAML: "],
    ["nothing", "", "demo.yaml:1: Expected keys and values, such as `device: iris-1`"],
    ["a list", "- a", "demo.yaml:1: Expected keys and values, such as `device: iris-1`"],
  ])("names the line of %s", (_, text, message) => {
    let thrown: unknown;
    try {
      parse(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BadInputError);
    const said = (thrown as BadInputError).message;
    expect(said.includes("\n")).toBe(false);
    expect(message.endsWith(": ") ? said.slice(0, message.length) : said).toBe(message);
  });
  it("throws a one-line BadInputError or gives a config, whatever the text", (context) => {
    const piece = fc.constantFrom(
      "system",
      "seed",
      ": ",
      "1",
      "\n",
      "  ",
      "- ",
      "[",
      "{",
      "&a",
      "*a",
      "'",
      "|",
      "?",
      "%",
      "---",
      "\t",
      "é",
      "<<",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
    );
    const seed = testSeed(1);
    fc.assert(
      fc.property(text, (source) => {
        let outcome = "fits";
        try {
          parse(source);
        } catch (error) {
          outcome = error instanceof BadInputError && !error.message.includes("\n") ? "refused" : `threw ${String(error)}`;
        }
        expect(["fits", "refused"]).toContain(outcome);
      }),
      { numRuns: scaled(100_000), seed },
    );
    recordGuarantee(context, { guarantee: "P19", fault: "config files", count: scaled(100_000), seed });
  });
});

describe("loadConfig()", () => {
  it("reads a file, and says which one is not there", () => {
    const file = join(mkdtempSync(join(tmpdir(), "ohmwork-config-")), "demo.yaml");
    writeFileSync(file, "system: iris\nseed: 1\n");
    expect(loadConfig(file, schema)).toEqual({ system: "iris", seed: 1 });
    expect(() => loadConfig(`${file}.not`, schema)).toThrow(`${file}.not: No such file`);
  });
});
