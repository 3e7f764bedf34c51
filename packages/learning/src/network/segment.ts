import { createRandom } from "@ohmwork/core";
import type { Start } from "./layer.ts";

/** A stretch of a network's one vector of parameters: what belongs to one parameter of one layer. */
export type Segment = {
  /** For example `3/scale`: the layer's place and the parameter's name. */
  readonly name: string;
  readonly layer: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly size: number;
  readonly start: Start;
  /** Window and positions, where the hardware has them. */
  readonly range?: { readonly min: number; readonly max: number; readonly levels?: number };
  /** Set once before training and not trained. */
  readonly fixed?: true;
};

/** Draws the parameters of a network, each segment from a stream of its own. */
export function drawParameters(segments: readonly Segment[], seed: number): Float32Array {
  const last = segments.at(-1);
  const values = new Float32Array(last === undefined ? 0 : last.offset + last.size);
  for (const { name, offset, size, start, range } of segments) {
    const { normal } = createRandom(seed, `start of ${name}`);
    const { mean = 0, deviation = 0 } = start;
    for (let i = offset; i < offset + size; i += 1) {
      const value = deviation === 0 ? mean : mean + deviation * normal();
      values[i] = range === undefined ? value : Math.min(range.max, Math.max(range.min, value));
    }
  }
  return values;
}

/** Where segments that stand side by side begin and end; undefined for none. */
export function spanOf(segments: readonly Segment[]): { readonly from: number; readonly to: number } | undefined {
  const [first, last] = [segments[0], segments.at(-1)];
  return first === undefined || last === undefined ? undefined : { from: first.offset, to: last.offset + last.size };
}
