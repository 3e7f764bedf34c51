import { type GraphBuilder, tensor, type Value } from "@ohmwork/autograd";
import type { Plan, PlannedLayer } from "./plan.ts";
import { type Segment, spanOf } from "./segment.ts";
import { cutFrom, type Part } from "./vector-parts.ts";

/** The one vector of parameters cut into what its layers take, and the gradient from those of the cuts. */
export type ParameterBlocks = {
  /** One parameter of a digital layer, in its shape. */
  readonly of: (segment: Segment) => Value;
  /** All parameters of a physical layer side by side, as its twin and its device take them. */
  readonly ofLayer: (layer: PlannedLayer) => Value | undefined;
  /** The cuts by which a network is differentiated: a gradient of the vector itself would be padded once per cut. */
  readonly trained: readonly Value[];
  /** The gradient of the vector in the parts of its blocks, from those of `trained`; zero where there is none. */
  readonly join: (gradients: readonly (Value | undefined)[]) => readonly Part[];
};

type Block = { readonly offset: number; readonly size: number; readonly fixed: boolean; readonly value: Value };

/** @param parameters the vector [p], whole or in parts */
export function parameterBlocks(b: GraphBuilder, plan: Plan, parameters: Value | readonly Part[]): ParameterBlocks {
  const parts = "name" in parameters ? [{ from: 0, to: plan.parameters, value: parameters }] : parameters;
  const blocks = new Map<string, Block>();
  const cut = (name: string, offset: number, size: number, fixed: boolean): void => {
    blocks.set(name, { offset, size, fixed, value: cutFrom(b, parts, offset, offset + size) });
  };
  for (const { kind, index, segments } of plan.layers) {
    const span = spanOf(segments);
    if (span === undefined) continue;
    if (kind === "physical") cut(`${index}`, span.from, span.to - span.from, false);
    else for (const { name, offset, size, fixed } of segments) cut(name, offset, size, fixed === true);
  }
  const inOrder = [...blocks.values()];
  const trained = inOrder.filter(({ fixed }) => !fixed);
  const zeros = (size: number): Value => b.constant(tensor("float32", [size], new Float32Array(size)));
  return {
    of: ({ name, shape }) => {
      const { value } = blocks.get(name) as Block;
      return shape.length === 1 ? value : b.reshape(value, shape);
    },
    ofLayer: ({ index }) => blocks.get(`${index}`)?.value,
    trained: trained.map(({ value }) => value),
    join: (gradients) =>
      inOrder.map((block) => ({
        from: block.offset,
        to: block.offset + block.size,
        value: gradients[trained.indexOf(block)] ?? zeros(block.size),
      })),
  };
}
