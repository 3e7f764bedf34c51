import type { TrainingState } from "./training-state.ts";

/**
 * Gives back at once the memory of the parameters and slots of a state that nobody will read again. Left to the garbage
 * collector, what each step makes anew costs as much time as the optimiser.
 *
 * @param kept states whose numbers are still needed, which may be the same
 */
export function letGo(state: TrainingState, kept: readonly TrainingState[]): void {
  const needed = new Set(kept.flatMap(numbersOf));
  for (const numbers of numbersOf(state)) {
    const { buffer, byteLength } = numbers;
    // What is a part of something larger is not ours to give back.
    if (!needed.has(numbers) && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
  }
}

function numbersOf({ parameters, slots }: TrainingState): readonly Float32Array[] {
  return [parameters, ...slots];
}
