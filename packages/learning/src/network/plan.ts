import type { Graph } from "@ohmwork/autograd";
import type { Port } from "@ohmwork/core";
import { digitalLayer, type DigitalLayer } from "./digital-layer.ts";
import type { Network } from "./layer.ts";
import type { Segment } from "./segment.ts";

/** What a network must know of a physical system to be laid out: its ports and its twin. */
export type PhysicalPart = {
  readonly inputs: readonly Port[];
  readonly parameters: readonly Port[];
  /** Graph of `inputs` [rows, n] and, with parameters, `parameters` [p]; its first output is what is measured. */
  readonly twin: Graph;
  /** Values in one row of what is measured. */
  readonly width: number;
};

/** One layer with its place in the vector of parameters. */
export type PlannedLayer = {
  readonly index: number;
  /** Values in a row behind the layer, and rows there for every row of the network's inputs. */
  readonly width: number;
  readonly factor: number;
  readonly segments: readonly Segment[];
} & (
  | { readonly kind: "digital"; readonly digital: DigitalLayer }
  | { readonly kind: "physical"; readonly system: string; readonly part: PhysicalPart }
  | { readonly kind: "keep" | "add-kept"; readonly name: string }
);

/** A network laid out: widths checked from layer to layer, and every parameter given its place in one vector. */
export type Plan = {
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly PlannedLayer[];
  readonly segments: readonly Segment[];
  readonly parameters: number;
};

/**
 * Lays a network out.
 *
 * @throws RangeError naming the layer, when one cannot follow the other, a system is not given, or a name was not kept
 */
export function planNetwork(network: Network, parts: Readonly<Record<string, PhysicalPart>>): Plan {
  const layers: PlannedLayer[] = [];
  const segments: Segment[] = [];
  const kept = new Map<string, string>();
  let width = network.inputs;
  let factor = 1;
  let offset = 0;

  const place = (index: number, of: Omit<Segment, "layer" | "offset" | "size">): Segment => {
    const size = of.shape.reduce((product, length) => product * length, 1);
    const segment: Segment = { ...of, name: `${index}/${of.name}`, layer: index, offset, size };
    offset += size;
    segments.push(segment);
    return segment;
  };

  for (const [index, layer] of network.layers.entries()) {
    const fail = (message: string): never => {
      throw new RangeError(`Layer ${index} (${layer.kind}): ${message}`);
    };
    switch (layer.kind) {
      case "physical": {
        const part = Object.hasOwn(parts, layer.system) ? parts[layer.system] : undefined;
        if (part === undefined)
          return fail(`no system is called "${layer.system}", expected one of ${Object.keys(parts).join(", ")}`);
        const wanted = sum(part.inputs);
        if (wanted !== width) fail(`${layer.system} takes ${wanted} inputs, ${width} come`);
        const own = part.parameters.map(({ name, size, min, max, levels }, group) => {
          if (levels !== undefined && !(levels > 1 && Number.isFinite(max - min)))
            fail(`${name} cannot have ${levels} positions from ${min} to ${max}`);
          const range = { min, max, ...(levels === undefined ? {} : { levels }) };
          return place(index, { name, shape: [size], start: layer.start?.[group] ?? {}, range });
        });
        width = part.width;
        layers.push({ kind: "physical", index, width, factor, segments: own, system: layer.system, part });
        break;
      }
      case "keep":
        kept.set(layer.name, `${factor} × ${width}`);
        layers.push({ kind: "keep", index, width, factor, segments: [], name: layer.name });
        break;
      case "add-kept": {
        const other = kept.get(layer.name) ?? fail(`nothing was kept as "${layer.name}"`);
        if (other !== `${factor} × ${width}`) fail(`"${layer.name}" has ${other} values, ${factor} × ${width} come`);
        layers.push({ kind: "add-kept", index, width, factor, segments: [], name: layer.name });
        break;
      }
      default: {
        const digital = digitalLayer(layer, width, fail);
        if (!Number.isSafeInteger(digital.outputs) || digital.outputs < 1)
          fail(`gives ${digital.outputs} values, expected a whole number of 1 or more`);
        const own = digital.parameters.map((parameter) => place(index, parameter));
        factor *= digital.rows ?? 1;
        if (!Number.isInteger(factor)) fail(`leaves ${factor} of a row for every row of inputs, expected whole rows`);
        width = digital.outputs;
        layers.push({ kind: "digital", index, width, factor, segments: own, digital });
      }
    }
  }
  if (factor !== 1) throw new RangeError(`Network ends with ${factor} rows of scores for every row of inputs, expected 1`);
  return { inputs: network.inputs, outputs: width, layers, segments, parameters: offset };
}

function sum(ports: readonly Port[]): number {
  return ports.reduce((total, { size }) => total + size, 0);
}
