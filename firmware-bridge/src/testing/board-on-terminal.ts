import type { VirtualBoard } from "../virtual/virtual-board.ts";
import type { PseudoTerminal } from "./pseudo-terminal.ts";

/** Joins a virtual board to a pseudo-terminal and lets it run: a serial port with a board on it, until either is disposed of. */
export function putOnTerminal(board: VirtualBoard, terminal: PseudoTerminal): void {
  terminal.output.on("data", (bytes: Buffer) => board.write(bytes));
  const forward = async (): Promise<void> => {
    for await (const bytes of board.listen()) terminal.input.write(bytes);
  };
  void forward();
  board.start();
}
