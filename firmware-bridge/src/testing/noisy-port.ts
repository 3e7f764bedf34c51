import type { Random } from "@ohmwork/core";
import type { LinkPort, PortBinding } from "../link/port.ts";

/** What a bad line does to bytes: drops one, flips a bit, inserts one, or loses a stretch. Never leaves them as they were. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const list = [...bytes];
  const at = random.below(list.length);
  const kind = random.below(4);
  if (kind === 0) list.splice(at, 1);
  else if (kind === 1) list[at] = (list[at] as number) ^ (1 << random.below(8));
  else if (kind === 2) list.splice(at, 0, random.below(256));
  else list.splice(at, 2 + random.below(10));
  return Uint8Array.from(list);
}

/** The bytes in chunks of random lengths. */
export function splitBytes(bytes: Uint8Array, random: Random): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + random.below(20);
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}

/** A port whose every line, in either direction, is damaged with the given chance, and comes in pieces. */
export function noisyPort(
  binding: PortBinding,
  options: { rate: number; random: Random; onWrite?: (bytes: Uint8Array) => void },
): PortBinding {
  const { rate, random, onWrite = () => undefined } = options;
  const pass = (line: Uint8Array): Uint8Array => (random.uniform() < rate ? damage(line, random) : line);
  async function* listen(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let held: number[] = [];
    for await (const chunk of source) {
      held.push(...chunk);
      for (let feed = held.indexOf(0x0a); feed >= 0; feed = held.indexOf(0x0a)) {
        const line = Uint8Array.from(held.slice(0, feed + 1));
        held = held.slice(feed + 1);
        yield* splitBytes(pass(line), random);
      }
    }
  }
  const open = async (): Promise<LinkPort> => {
    const port = await binding.open();
    let last = Promise.resolve(); // the pieces of two lines must not mix
    return {
      ...port,
      source: listen(port.source),
      write: async (bytes) => {
        onWrite(bytes);
        last = last.then(async () => {
          for (const chunk of splitBytes(pass(bytes), random)) await port.write(chunk);
        });
        await last;
      },
    };
  };
  return { name: binding.name, open };
}
