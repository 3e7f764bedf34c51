import { readFileSync } from "node:fs";
import { BadInputError, OhmworkError } from "@ohmwork/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lawNames } from "./edge-law-json.ts";
import { type JsonNode, parseJsonSource } from "./json-source.ts";
import { parseNetwork } from "./network-json.ts";
import { solveNetwork } from "./solve-network.ts";

/** A divider with a pot, as a value to be changed by each test. */
function divider(change: (network: Record<string, unknown> & { edges: Record<string, unknown>[] }) => void = () => {}): string {
  const network = {
    nodes: ["in", "out", "gnd"],
    edges: [
      { name: "top", from: "in", to: "out", law: "resistor", resistanceOhms: 1000 } as Record<string, unknown>,
      { name: "bottom", from: "out", to: "gnd", law: "ad5220", endToEndOhms: 10_000, position: 64 } as Record<string, unknown>,
    ],
    fixedVolts: { in: 5 } as Record<string, unknown>,
    roles: { grounds: ["gnd"], outputs: ["out"] } as Record<string, unknown>,
  };
  change(network);
  return JSON.stringify(network, null, 2);
}

/** How solving a text ends; anything but an error of this project gets through. */
function outcome(text: string): string {
  try {
    const { nodes, powerWatts } = solveNetwork(parseNetwork(text));
    return [...Object.values(nodes), powerWatts].every(Number.isFinite) ? "finite" : "not finite";
  } catch (error) {
    return error instanceof OhmworkError ? "refused" : String(error);
  }
}

function midScale(law: string): number | undefined {
  return parseNetwork(divider((n) => Object.assign(n.edges[1] as object, { law, position: undefined }))).parameters[1];
}

function plain(node: JsonNode): unknown {
  if (node.kind === "object") return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]));
  if (node.kind === "array") return node.items.map(plain);
  return node.kind === "null" ? null : node.value;
}

describe("parseJsonSource", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (text, indent) => {
        const wanted: unknown = JSON.parse(text);
        expect(plain(parseJsonSource(JSON.stringify(wanted, null, indent), "x"))).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses what JSON.parse refuses, with a BadInputError and nothing else", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (text, at, put) => {
        const broken = text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1);
        let accepted = true;
        try {
          JSON.parse(broken);
        } catch {
          accepted = false;
        }
        if (accepted) return;
        expect(() => parseJsonSource(broken, "x")).toThrow(BadInputError);
      }),
      { numRuns: 1000 },
    );
  });

  it("says where", () => {
    expect(() => parseJsonSource('{\n  "a": 1,\n  b: 2\n}', "n.json")).toThrow(
      "n.json:3:3: Malformed JSON: Expected double-quoted property name",
    );
    expect(() => parseJsonSource('{"a": [1, 2', "n.json")).toThrow(
      "n.json:1:12: Malformed JSON: Expected ',' or ']' after array element",
    );
    expect(() => parseJsonSource('{"a": 1, "a": 2}', "n.json")).toThrow('n.json:1:10: Key "a" used twice');
    expect(() => parseJsonSource("[1e999]", "n.json")).toThrow("n.json:1:2: Number too large for double precision");
    expect(() => parseJsonSource("[".repeat(5000), "n.json")).toThrow("Malformed JSON");
    expect(() => parseJsonSource("[".repeat(200) + "]".repeat(200), "n.json")).toThrow("JSON nested deeper than 100");
    expect(() => parseJsonSource("[".repeat(20_000) + "]".repeat(20_000), "n.json")).toThrow("JSON nested deeper than 100");
    const found = parseJsonSource("[1,\n [2,\n3]]", "n.json");
    expect(found.kind === "array" && found.items[1]).toMatchObject({ line: 2, column: 2 });
  });
});

describe("parseNetwork", () => {
  it("reads the divider, and solveNetwork() solves it by Ohm's law", () => {
    const network = parseNetwork(divider());
    expect(network.roles).toEqual({ sources: [], grounds: ["gnd"], rails: [], outputs: ["out"] });
    const state = solveNetwork(network);
    const lower = 40 + 5000;
    const current = 5 / (1000 + lower);
    expect(state.nodes["out"]).toBeCloseTo(current * lower, 12);
    expect(state.edges["bottom"]?.currentAmperes).toBeCloseTo(current, 15);
    expect(state.powerWatts).toBeCloseTo(5 * current, 14);
  });

  it("puts a pot without a position at mid-scale", () => {
    expect([midScale("ad5220"), midScale("mcp4251")]).toEqual([64, 128]);
  });

  it.each<[string, Parameters<typeof divider>[0], string]>([
    [
      "unknown law",
      (n) => void (n.edges[0]!["law"] = "resistr"),
      'n.json:12: Unknown law "resistr" of edge "top", did you mean "resistor"?',
    ],
    ["a name every object has", (n) => void (n.edges[0]!["law"] = "constructor"), 'Unknown law "constructor"'],
    [
      "negative resistance",
      (n) => void (n.edges[0]!["resistanceOhms"] = -5),
      'n.json:13: resistanceOhms of edge "top" must be a number above 0: -5',
    ],
    ["zero resistance", (n) => void (n.edges[0]!["resistanceOhms"] = 0), "must be a number above 0: 0"],
    ["text for a number", (n) => void (n.edges[0]!["resistanceOhms"] = "1k"), 'must be a number above 0: "1k"'],
    ["no resistance", (n) => void delete n.edges[0]!["resistanceOhms"], 'n.json:8: edge "top" has no "resistanceOhms"'],
    [
      "missing node",
      (n) => void (n.edges[0]!["to"] = "oot"),
      'n.json:11: No node "oot" for to of edge "top", did you mean "out"?',
    ],
    [
      "unknown key",
      (n) => void (n.edges[0]!["resistanceOhm"] = 1),
      'edge "top" has an unknown key "resistanceOhm", did you mean "resistanceOhms"?',
    ],
    [
      "unknown key at the top",
      (n) => void (n["fixedVolt"] = {}),
      'Network has an unknown key "fixedVolt", did you mean "fixedVolts"?',
    ],
    ["duplicate edge", (n) => void (n.edges[1]!["name"] = "top"), 'n.json:15: Edge name used twice: "top"'],
    ["duplicate node", (n) => void (n["nodes"] = ["in", "out", "gnd", "in"]), 'Node name used twice: "in"'],
    ["floating node", (n) => void (n["nodes"] = ["in", "out", "gnd", "x"]), 'n.json:6: Node "x" has no path to a fixed voltage'],
    ["position outside", (n) => void (n.edges[1]!["position"] = 128), 'position of edge "bottom" must be 0 to 127: 128'],
    ["half a position", (n) => void (n.edges[1]!["position"] = 1.5), "must be a whole number of 0 or more: 1.5"],
    ["a mistyped exponent", (n) => void (n.edges[0]!["resistanceOhms"] = 1e-300), "must be of magnitude 1e-30 to 1e30: 1e-300"],
    ["self loop", (n) => void (n.edges[0]!["to"] = "in"), 'from and to of edge "top" are the same node: "in"'],
    ["fixed output", (n) => void (n["fixedVolts"] = { in: 5, out: 1 }), 'Output node "out" must not have a fixed voltage'],
    ["live ground", (n) => void (n["fixedVolts"] = { in: 5, gnd: 1 }), 'fixedVolts of ground node "gnd" must be 0: 1'],
    [
      "two roles",
      (n) => void (n["roles"] = { outputs: ["out"], sources: ["out"] }),
      'Node "out" has two roles: outputs and sources',
    ],
    ["rail without volts", (n) => void (n["roles"] = { rails: ["gnd"] }), 'Rail node "gnd" has no entry in fixedVolts'],
    ["nothing fixed", (n) => void Object.assign(n, { fixedVolts: {}, roles: {} }), "Network has no fixed voltage"],
    ["not an object", (n) => void (n.edges[0] = [] as never), 'Edge 0 has no "name"'],
    ["log pot upside down", (n) => void (n.edges[1] = { name: "l", from: "out", to: "gnd", law: "log-pot", minOhms: 9, maxOhms: 3, positions: 9 }), "maxOhms must be above minOhms: 3"], // prettier-ignore
    [
      "gate outside",
      (n) => void (n.edges[1] = { name: "m", from: "out", to: "gnd", law: "mosfet", gateVolts: 9 }),
      'gateVolts of edge "m" must be 0.75 to 6: 9',
    ],
  ])("refuses %s in one line", (_, change, message) => {
    let thrown: unknown;
    try {
      parseNetwork(divider(change), "n.json");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BadInputError);
    expect((thrown as Error).message).toContain(message);
    expect((thrown as Error).message).not.toContain("\n");
  });

  it("never ends in anything but a network, finite numbers or an error of this project", () => {
    const law = fc.constantFrom(...lawNames);
    const number = fc.oneof(fc.double(), fc.constantFrom(-1, 0, 1, 2, 64, 1000));
    fc.assert(
      fc.property(law, number, number, number, (name, ohms, setting, volts) => {
        const text = divider((n) => {
          n["fixedVolts"] = { in: volts };
          n.edges[0]!["resistanceOhms"] = ohms;
          n.edges[1] = {
            name: "x",
            from: "out",
            to: "gnd",
            law: name,
            endToEndOhms: 1000,
            position: setting,
            gateVolts: setting,
          };
          if (name !== "ad5220" && name !== "mcp4251") delete n.edges[1]["endToEndOhms"];
          if (name === "mosfet") delete n.edges[1]["position"];
          else delete n.edges[1]["gateVolts"];
          if (name === "diode") delete n.edges[1]["position"];
        });
        expect(["finite", "refused"]).toContain(outcome(text));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(["diode", "mosfet"])("leaves out of a %s what docs/network-format.md gives a default", (name) => {
    const page = readFileSync(new URL("../../../docs/network-format.md", import.meta.url), "utf8");
    const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\``)) as string;
    const defaults = [...row.matchAll(/`(\w+)` \(([-\d.e]+)\)/g)].map(([, key, value]) => [key, Number(value)]);
    const { circuit } = parseNetwork(
      divider((n) => {
        n.edges[1] = { name: "x", from: "out", to: "gnd", law: name, ...(name === "mosfet" ? { gateVolts: 2 } : {}) };
      }),
    );
    expect(circuit.edges[1]?.law).toEqual({ law: name, ...Object.fromEntries(defaults) });
  });

  it("reads the example of docs/network-format.md to the voltages given there", () => {
    const page = readFileSync(new URL("../../../docs/network-format.md", import.meta.url), "utf8");
    const [example, answer] = [...page.matchAll(/```json\n([^]*?)```/g)].map((found) => found[1] as string);
    const state = solveNetwork(parseNetwork(example as string));
    const wanted = JSON.parse(answer as string) as { nodes: Record<string, number>; powerWatts: number };
    expect(Object.keys(wanted.nodes)).toEqual(Object.keys(state.nodes));
    for (const [name, volts] of Object.entries(wanted.nodes)) expect(state.nodes[name]).toBeCloseTo(volts, 5);
    expect(state.powerWatts).toBeCloseTo(wanted.powerWatts, 8);
  });
});
