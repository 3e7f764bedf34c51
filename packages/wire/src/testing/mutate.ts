import type { Random } from "@ohmwork/core";

/** Bytes like the given ones with 1 to 4 of them set, cut off, inserted, left out or repeated. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let changed = Uint8Array.from(bytes);
  for (let edits = 1 + random.below(4); edits > 0; edits -= 1) {
    const at = random.below(changed.length + 1);
    const byte = random.below(256);
    switch (random.below(5)) {
      case 0:
        if (at < changed.length) changed[at] = byte;
        break;
      case 1:
        changed = changed.slice(0, at);
        break;
      case 2:
        changed = replaced(changed, at, at, Uint8Array.of(byte));
        break;
      case 3:
        changed = replaced(changed, at, at + 1 + (byte & 7), new Uint8Array(0));
        break;
      default:
        changed = replaced(changed, at, at, changed.subarray(at, at + (byte & 31)));
    }
  }
  return changed;
}

function replaced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array<ArrayBuffer> {
  const tail = bytes.subarray(to);
  const whole = new Uint8Array(from + by.length + tail.length);
  whole.set(bytes.subarray(0, from));
  whole.set(by, from);
  whole.set(tail, from + by.length);
  return whole;
}
