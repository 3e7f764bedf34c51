import type { Random } from "@ohmwork/core";

/** Bytes like the given ones with 1 to 4 of them set, cut off, inserted, left out or repeated. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = Array.from(bytes);
  for (let edits = 1 + random.below(4); edits > 0; edits -= 1) {
    const at = random.below(changed.length + 1);
    const byte = random.below(256);
    switch (random.below(5)) {
      case 0:
        changed[at] = byte;
        break;
      case 1:
        changed.length = at;
        break;
      case 2:
        changed.splice(at, 0, byte);
        break;
      case 3:
        changed.splice(at, 1 + (byte & 7));
        break;
      default:
        changed.splice(at, 0, ...changed.slice(at, at + (byte & 31)));
    }
  }
  return Uint8Array.from(changed);
}
