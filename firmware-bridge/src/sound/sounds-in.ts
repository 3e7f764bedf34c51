import { createEndpointer, type EndpointerOptions, type Utterance } from "@ohmwork/tasks";
import type { SoundGap, SoundSource } from "./sound-source.ts";

/** A sound that was cut out of a source; or a gap, after which nothing that overlaps its suspect samples may be learned from. */
export type HeardSound = { readonly kind: "sound"; readonly sound: Utterance } | SoundGap;

/**
 * Sounds as they end, whole ones only: what a gap broke off, or began in samples that the gap says are suspect, is not among them. A sound that
 * was given before a gap took its samples back is named by the gap: it reaches from `position - suspect` to `position`.
 */
export async function* soundsIn(
  source: SoundSource,
  options: Omit<EndpointerOptions, "rate"> = {},
): AsyncGenerator<HeardSound, void> {
  const endpointer = createEndpointer({ ...options, rate: source.rate });
  let whole = true;
  for await (const piece of source) {
    if (piece.kind === "gap") {
      // The end of a clip is the end of what is said in it; any other gap may have cut a word.
      if (piece.reason === "next-clip") for (const sound of endpointer.finish()) yield { kind: "sound", sound };
      whole = false;
      yield piece;
      continue;
    }
    if (!whole) endpointer.restart(piece.position);
    whole = true;
    for (const sound of endpointer.push(piece.samples)) yield { kind: "sound", sound };
  }
  if (whole) for (const sound of endpointer.finish()) yield { kind: "sound", sound };
}
