import { createListening, type HeardSound, type UnheardReason } from "@ohmwork/agent";
import type { SoundSource } from "@ohmwork/firmware-bridge";
import type { ClipLayout } from "@ohmwork/tasks";

/** A sound that can be kept, one that cannot, or word that what ended after a place is not what it was taken for. */
export type Collected =
  | HeardSound
  | { readonly kind: "unheard"; readonly reason: UnheardReason | "clipped" | "gap" }
  | { readonly kind: "suspect"; readonly from: number };

/** Sounds as they come from a source, until it ends or the signal fires. */
export async function* collectSounds(
  source: SoundSource,
  layout: ClipLayout,
  signal: AbortSignal,
): AsyncGenerator<Collected, void, undefined> {
  const listening = createListening(layout);
  const stop = (): void => void source[Symbol.asyncDispose]();
  if (signal.aborted) return;
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const piece of source) {
      if (piece.kind === "gap" && piece.reason !== "next-clip") yield { kind: "unheard", reason: "gap" };
      for (const one of listening.take(piece))
        yield one.kind === "sound" && one.isClipped ? { kind: "unheard", reason: "clipped" } : one;
      if (signal.aborted) return;
    }
    for (const one of listening.finish()) if (one.kind === "sound" && !one.isClipped) yield one;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
