import { hex, parseHex } from "../link/hex.ts";
import { PER_LINE } from "./board-commands.ts";

/** Positions of all wipers of a board that knows its network. @throws BoardRefusedError when one cannot be read */
export async function readWipers(ask: (command: string) => Promise<readonly string[]>, edges: number): Promise<Uint16Array> {
  const wipers = new Uint16Array(edges);
  for (let edge = 0; edge < edges; edge += PER_LINE) {
    const fields = await ask(`READ ${hex(edge, 2)}`);
    wipers.set(
      fields.slice(0, edges - edge).map((field) => parseHex(field) ?? 0),
      edge,
    );
  }
  return wipers;
}
