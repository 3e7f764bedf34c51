import { deserialize, serialize } from "node:v8";
import type { TrainingState } from "@ohmwork/learning";

/** Of the layout of a state; a store of another one cannot be gone on from. */
const format = 1;

/** A training's state in bytes: the structured form that Node writes, which later versions of it read. */
export function encodeState(state: TrainingState): Uint8Array {
  return new Uint8Array(serialize({ format, state }));
}

/** The state in such bytes; undefined where they are of another format, so that the training begins anew. */
export function decodeState(bytes: Uint8Array): TrainingState | undefined {
  const kept = deserialize(bytes) as { readonly format: number; readonly state: TrainingState };
  return kept.format === format ? kept.state : undefined;
}
