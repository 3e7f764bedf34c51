import { onPositions } from "../network/ranges.ts";
import { drawParameters } from "../network/segment.ts";
import { measureStarts } from "./measure-starts.ts";
import type { Phase } from "./phase.ts";
import type { TrainingParts } from "./train.ts";

/**
 * Parameters [p] as a training begins with them: drawn from the seed, on the positions that hardware takes, and with the fixed
 * numbers of `normalise` layers measured.
 *
 * @param forward what those numbers are measured through
 */
export async function startingParameters(
  parts: TrainingParts,
  {
    seed,
    forward,
    signal,
  }: { readonly seed: number; readonly forward: Phase["forward"]; readonly signal?: AbortSignal | undefined },
): Promise<Float32Array> {
  const drawn = onPositions(parts.plan, drawParameters(parts.plan.segments, seed));
  const asking = { programmed: new Map(), stops: "Measuring stopped", step: 0, signal };
  return (await measureStarts(parts, drawn, forward, asking)).parameters;
}
