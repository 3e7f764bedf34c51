import { didYouMean } from "@ohmwork/core";
import { type Circuit, checkConnected, createCircuit, type Edge } from "./circuit.ts";
import { DisconnectedError } from "./disconnected-error.ts";
import { readEdgeLaw } from "./edge-law-json.ts";
import { JsonReader } from "./json-reader.ts";
import { type JsonNode, parseJsonSource } from "./json-source.ts";
import type { Roles } from "./topology.ts";

/** A circuit with a setting, its fixed voltages, and what its nodes are for. */
export type Network = {
  readonly circuit: Circuit;
  /** [edges]; 0 where an edge has nothing to set. */
  readonly parameters: Float64Array;
  /** Node indices. */
  readonly fixed: readonly number[];
  /** [fixed] V. */
  readonly fixedVoltages: Float64Array;
  readonly roles: Roles;
};

const roleNames = ["sources", "grounds", "rails", "outputs"] as const;

function readNodes(reader: JsonReader, node: JsonNode): Map<string, { index: number; node: JsonNode }> {
  const nodes = new Map<string, { index: number; node: JsonNode }>();
  for (const item of reader.list(node, "nodes")) {
    const name = reader.text(item, "Node name");
    if (nodes.has(name)) reader.fail(item, `Node name used twice: "${name}"`);
    nodes.set(name, { index: nodes.size, node: item });
  }
  if (nodes.size < 2) reader.fail(node, `A network needs 2 nodes or more: ${nodes.size} given`);
  return nodes;
}

function readRoles(reader: JsonReader, node: JsonNode | undefined, check: (item: JsonNode, what: string) => string): Roles {
  const roles: Record<(typeof roleNames)[number], string[]> = { sources: [], grounds: [], rails: [], outputs: [] };
  if (node === undefined) return roles;
  const roleOf = new Map<string, string>();
  for (const [role, list] of reader.object(node, "roles", roleNames)) {
    for (const item of reader.list(list, `roles.${role}`)) {
      const name = check(item, `roles.${role}`);
      if (roleOf.has(name)) reader.fail(item, `Node "${name}" has two roles: ${roleOf.get(name)} and ${role}`);
      roleOf.set(name, role);
      roles[role as (typeof roleNames)[number]].push(name);
    }
  }
  return roles;
}

/**
 * Reads a network from JSON; docs/network-format.md describes the format.
 *
 * @param file named in messages
 * @throws BadInputError, one line with file and line number, for anything that is not a network
 */
export function parseNetwork(text: string, file = "network.json"): Network {
  const root = parseJsonSource(text, file);
  const reader = new JsonReader(file);
  const top = reader.object(root, "Network", ["description", "nodes", "edges", "fixedVolts", "roles"]);
  const description = top.get("description");
  if (description !== undefined) reader.text(description, "description");
  const nodes = readNodes(reader, reader.required(root, "nodes", "Network"));
  const names = [...nodes.keys()];
  const nodeName = (item: JsonNode, what: string): string => {
    const name = reader.text(item, `Node of ${what}`);
    return nodes.has(name) ? name : reader.fail(item, `No node "${name}" for ${what}${didYouMean(name, names)}`);
  };
  const indexOf = (name: string): number => (nodes.get(name) as { index: number }).index;

  const edges: Edge[] = [];
  const parameters: number[] = [];
  const edgeNames = new Set<string>();
  const edgesNode = reader.required(root, "edges", "Network");
  for (const [i, item] of reader.list(edgesNode, "edges").entries()) {
    const name = reader.text(reader.required(item, "name", `Edge ${i}`), `name of edge ${i}`);
    const what = `edge "${name}"`;
    if (edgeNames.has(name)) reader.fail(item, `Edge name used twice: "${name}"`);
    edgeNames.add(name);
    const from = nodeName(reader.required(item, "from", what), `from of ${what}`);
    const to = nodeName(reader.required(item, "to", what), `to of ${what}`);
    if (from === to) reader.fail(item, `from and to of ${what} are the same node: "${from}"`);
    const { law, parameter } = readEdgeLaw(reader, item, what);
    edges.push({ name, from: indexOf(from), to: indexOf(to), law });
    parameters.push(parameter);
  }

  const roles = readRoles(reader, top.get("roles"), nodeName);
  const volts = new Map<string, number>();
  const fixedNode = top.get("fixedVolts");
  for (const [name, value] of fixedNode === undefined ? [] : reader.object(fixedNode, "fixedVolts")) {
    if (!nodes.has(name)) reader.fail(value, `No node "${name}" for fixedVolts${didYouMean(name, names)}`);
    volts.set(name, reader.number(value, `fixedVolts of node "${name}"`, "any"));
    if (roles.outputs.includes(name)) reader.fail(value, `Output node "${name}" must not have a fixed voltage`);
    if (roles.grounds.includes(name) && volts.get(name) !== 0)
      reader.fail(value, `fixedVolts of ground node "${name}" must be 0: ${volts.get(name)}`);
  }
  for (const name of roles.grounds) volts.set(name, 0);
  for (const name of roles.rails) {
    if (!volts.has(name)) reader.fail(root, `Rail node "${name}" has no entry in fixedVolts`);
  }

  const circuit = createCircuit(names, edges);
  const held = new Set([...volts.keys(), ...roles.sources].map(indexOf));
  if (held.size === 0) reader.fail(root, "Network has no fixed voltage: give one in fixedVolts, or name a source or ground");
  try {
    checkConnected(circuit, [...held]);
  } catch (error) {
    if (!(error instanceof DisconnectedError)) throw error;
    reader.fail((nodes.get(error.details.node) as { node: JsonNode }).node, error.message, error);
  }
  return {
    circuit,
    parameters: Float64Array.from(parameters),
    fixed: [...volts.keys()].map(indexOf),
    fixedVoltages: Float64Array.from(volts.values()),
    roles,
  };
}
