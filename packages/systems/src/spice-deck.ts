import { BadInputError, type Port, type Ports } from "@ohmwork/core";
import * as z from "zod";

type Window = { readonly name: string; readonly unit: string; readonly min: number; readonly max: number };

/** What is set by a `.param` of the deck; `levels` as in `Port`. */
export type SpiceSetPort = Window & { readonly parameter: string; readonly levels?: number };
/** What is read from a vector of the deck's analysis: its last value, or its values at times of a transient [s]. */
export type SpiceReadPort = Window & { readonly vector: string; readonly atSeconds?: readonly number[] };

type SpicePorts = {
  readonly inputs: readonly SpiceSetPort[];
  readonly parameters: readonly SpiceSetPort[];
  readonly outputs: readonly SpiceReadPort[];
};

function portsSchema(): z.ZodType<SpicePorts> {
  const window = { name: z.string().min(1), unit: z.string(), min: z.number(), max: z.number() };
  const setPort = z.strictObject({
    ...window,
    parameter: z.string().regex(/^[a-z]\w*$/i, "expected the name of a .param"),
    levels: z.exactOptional(z.int().min(2)),
  });
  const readPort = z.strictObject({
    ...window,
    vector: z.string().min(1),
    atSeconds: z.exactOptional(z.array(z.number().min(0)).min(1)),
  });
  return z.strictObject({
    inputs: z.array(setPort).min(1),
    parameters: z.array(setPort),
    outputs: z.array(readPort).min(1),
  });
}

/** A SPICE netlist with what messages call it, and which of its `.param`s and vectors are the ports of a system. */
export type SpiceDeck = SpicePorts & { readonly netlist: string; readonly name: string };

/**
 * A netlist with its ports, as they are written down beside it: `{ "inputs": [{ "name", "parameter", "unit", "min", "max" }],
 * "parameters": […], "outputs": [{ "name", "vector", "unit", "min", "max", "atSeconds"? }] }`.
 *
 * @param portsJson text of that file
 * @param name what messages call the netlist; by default its title, which is its first line
 * @throws BadInputError when it is not of this form, or the netlist has no such `.param`
 */
export function readSpiceDeck(netlist: string, portsJson: string, name: string = titleOf(netlist)): SpiceDeck {
  const ports = parsePorts(portsJson);
  const defined = definedParameters(netlist);
  const used = new Set<string>();
  for (const port of [...ports.inputs, ...ports.parameters]) {
    const key = port.parameter.toLowerCase();
    if (!defined.has(key)) throw new BadInputError(`Deck defines no .param ${port.parameter}, which port ${port.name} sets`);
    if (used.has(key)) throw new BadInputError(`Two ports set .param ${port.parameter}: expected one`);
    if (!(port.min < port.max))
      throw new BadInputError(`Port ${port.name} goes from ${port.min} to ${port.max}: expected a window`);
    used.add(key);
  }
  return { netlist, name, ...ports };
}

function titleOf(netlist: string): string {
  return (netlist.split(/\r?\n/, 1)[0] as string).trim() || "a deck without a title";
}

function parsePorts(text: string): SpicePorts {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadInputError(`Ports of a deck are not JSON: ${(error as Error).message.replaceAll(/\s+/g, " ")}`);
  }
  const checked = portsSchema().safeParse(value);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw new BadInputError(`Ports of a deck do not fit at ${issue?.path.join(".") || "the top"}: ${issue?.message}`);
}

/** Names of all `.param`s, in lower case as SPICE reads them; a line that begins with + goes on from the last. */
function definedParameters(netlist: string): Set<string> {
  const names = new Set<string>();
  for (const line of netlist.replaceAll(/\r?\n\+/g, " ").split(/\r?\n/)) {
    if (!/^\s*\.param\s/i.test(line)) continue;
    for (const [, defined] of line.matchAll(/([a-z]\w*)\s*=(?!=)/gi)) names.add((defined as string).toLowerCase());
  }
  return names;
}

/** The deck with values for some of its parameters; of two definitions SPICE takes the later one. */
export function withParameters(netlist: string, values: readonly (readonly [parameter: string, value: number])[]): string {
  const lines = netlist.trimEnd().split(/\r?\n/);
  if (/^\s*\.end\s*$/i.test(lines.at(-1) as string)) lines.pop();
  return [...lines, ...values.map(([parameter, value]) => `.param ${parameter}=${value}`), ".end", ""].join("\n");
}

/** The ports of a deck as a system has them. */
export function portsOfDeck({ inputs, parameters, outputs }: SpiceDeck): Ports {
  const setPortOf = ({ name, unit, min, max, levels }: SpiceSetPort): Port => {
    const port = { name, unit, min, max, size: 1 };
    return levels === undefined ? port : { ...port, levels };
  };
  return {
    inputs: inputs.map(setPortOf),
    parameters: parameters.map(setPortOf),
    outputs: outputs.map(({ name, unit, min, max, atSeconds }): Port => ({ name, unit, min, max, size: atSeconds?.length ?? 1 })),
  };
}
