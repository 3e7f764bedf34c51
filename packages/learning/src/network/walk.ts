import { type GraphBuilder, inline, type Value } from "@ohmwork/autograd";
import type { ParameterBlocks } from "./parameter-blocks.ts";
import type { PlannedLayer } from "./plan.ts";

export type PhysicalLayer = PlannedLayer & { readonly kind: "physical" };

/** What a walk along the layers is given. */
export type Walk = {
  readonly builder: GraphBuilder;
  readonly parameters: ParameterBlocks;
  /** Values under the names they were kept by. */
  readonly kept: Map<string, Value>;
  /** What a physical layer gives for its drive and its own parameters. */
  readonly physical: (layer: PhysicalLayer, drive: Value, own: Value | undefined) => Value;
};

/** Adds layers to a graph, one after the other. */
export function walk(layers: readonly PlannedLayer[], from: Value, way: Walk): Value {
  const { builder: b, kept } = way;
  let x = from;
  for (const layer of layers) {
    switch (layer.kind) {
      case "keep":
        kept.set(layer.name, x);
        break;
      case "add-kept":
        x = b.add(x, kept.get(layer.name) as Value);
        break;
      case "digital":
        x = layer.digital.apply(
          b,
          x,
          layer.segments.map((segment) => way.parameters.of(segment)),
        );
        break;
      case "physical":
        x = way.physical(layer, x, way.parameters.ofLayer(layer));
        break;
      default:
        throw new TypeError(`Layer ${String(layer satisfies never)} is not known`);
    }
  }
  return x;
}

/** What the twin of a physical layer gives. */
export function throughTwin(b: GraphBuilder, { part }: PhysicalLayer, drive: Value, own: Value | undefined): Value {
  const made = inline(b, part.twin, { inputs: drive, ...(own === undefined ? {} : { parameters: own }) });
  return made[(part.twin.outputs[0] as Value).name] as Value;
}
