import type { SplitDataset } from "../labelled-batch.ts";
import type { ClipLayout } from "../sound/aligned-clip.ts";
import { syntheticVowels } from "./synthetic-vowels.ts";
import { vowelClips } from "./vowel-clips.ts";

/** Draws the sounds: the same for every training, as recordings are. */
const SOUNDS_SEED = 1;

/**
 * To tell ten synthetic vowels of 76 speakers apart: what comes along where there are no recordings.
 *
 * @param options.seed of the split of the speakers, as `vowelClips` takes it
 * @throws RangeError when the seed is not a whole number of 0 or more
 */
export function syntheticVowelClips(options: { readonly seed: number; readonly layout?: ClipLayout }): SplitDataset {
  const source = "synthesised from Peterson and Barney's measured formants";
  return vowelClips(syntheticVowels({ seed: SOUNDS_SEED }), { ...options, source });
}
