import type { GraphBuilder, Value } from "@ohmwork/autograd";

/** A stretch of a vector. */
export type Part = { readonly from: number; readonly to: number; readonly value: Value };

/** Vectors longer than this are worked on in parts: what is done to one number after another then stays in the nearest memory. */
export const LONGEST_WHOLE: number = 2 ** 17;

/** What a part may hold, a fraction of the nearest memory that is large enough [numbers]. */
const PART = 48 * 1024;

/** Where the parts of a vector begin and end, all of about one length. */
export function partsOf(length: number): readonly { readonly from: number; readonly to: number }[] {
  const count = length > LONGEST_WHOLE ? Math.ceil(length / PART) : 1;
  const size = Math.ceil(length / count);
  return Array.from({ length: count }, (_, at) => ({ from: at * size, to: Math.min(length, (at + 1) * size) }));
}

/** A stretch of a vector that is there in parts, which lie side by side in order. */
export function cutFrom(b: GraphBuilder, parts: readonly Part[], from: number, to: number): Value {
  const found = parts
    .filter((part) => part.from < to && part.to > from)
    .map((part) => {
      const [start, end] = [Math.max(from, part.from) - part.from, Math.min(to, part.to) - part.from];
      return end - start === part.to - part.from ? part.value : b.slice(part.value, [start], [end], [0]);
    });
  return found.length === 1 ? (found[0] as Value) : b.concat(found, 0);
}
