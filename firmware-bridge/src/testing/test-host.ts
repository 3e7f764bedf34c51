import { bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { hex } from "../link/hex.ts";
import { decodeBoardLine, encodeHostLine } from "../link/line.ts";
import type { VirtualBoard } from "../virtual/virtual-board.ts";

/** The least of a host that a test needs: one line, its answer, and the board time between them. */
export interface TestHost {
  /** Fields of the answer; a refusal gives `ERR` and its code. */
  ask(command: string, seconds?: number): Promise<readonly string[]>;
  /** Tells the board the network of bench-16. */
  describe(): Promise<void>;
  /** Board time from the first byte of the last command to the last byte of its answer, to 0.1 ms [s]. */
  lastSeconds(): number;
  /** Everything that came, as text. */
  heard(): string;
}

const STEP_SECONDS = 1e-4;

/** Converter channel of each node of the netlist, in its order. */
const channels = "0 1 2 3 E F 4 5 6";

export function createTestHost(board: VirtualBoard): TestHost {
  const source = board.listen()[Symbol.asyncIterator]();
  let heard = "";
  let seq = 0;
  let last = 0;
  void (async () => {
    for (let chunk = await source.next(); chunk.done !== true; chunk = await source.next())
      heard += Buffer.from(chunk.value).toString("latin1");
  })();
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  const ask = async (command: string, seconds = 0.5): Promise<readonly string[]> => {
    seq = (seq + 1) & 0xff;
    const from = heard.length;
    const begun = board.boardSeconds();
    board.write(Buffer.from(encodeHostLine(seq, command)));
    while (board.boardSeconds() - begun < seconds) {
      board.runFor(STEP_SECONDS);
      await turn();
      if (heard.length === from) continue;
      for (const text of heard.slice(from).split("\n")) {
        const decoded = decodeBoardLine(text);
        if (!decoded.ok || decoded.line.kind === "event" || decoded.line.seq !== seq) continue;
        last = board.boardSeconds() - begun;
        return decoded.line.kind === "answer" ? decoded.line.fields : ["ERR", decoded.line.code, decoded.line.detail];
      }
    }
    return [`silence after ${command}: ${JSON.stringify(heard.slice(from))}`];
  };
  const describe = async (): Promise<void> => {
    const { circuit } = parseNetwork(bench16Netlist, "bench-16");
    const edges = circuit.edges.map(({ from, to }) => hex(from, 2) + hex(to, 2)).join(" ");
    await ask(`NODES 09 ${channels}`);
    await ask("SOURCES 04 00 1A 01 1B 02 1C 03 1D");
    await ask("OUTPUT 01 08 2A 06");
    await ask(`EDGES 00 ${edges}`);
  };
  return { ask, describe, lastSeconds: () => last, heard: () => heard };
}
