import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { BoardUnreachableError, createVirtualBoard, type LinkPort, serialPort } from "@ohmwork/firmware-bridge";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { boardArgs, boardHeader, type ChosenBoard, chosenBoard } from "./board-options.ts";

/** Time for the last answers after the end of the input [ms]. */
const LAST_ANSWERS_MS = 300;
/** Longer than an old bootloader waits after the reset that opening the port causes; what comes before the board's first word is lost on it [ms]. */
const FIRST_WORD_MS = 2500;

/** Commands that the board takes without number and checksum. */
const BY_HAND = ["HELLO", "READ", "STATS", "HELP"];

export const monitor: CommandDef = strictCommand({
  name: "board monitor",
  description: "Type lines to a board and see what it says; Ctrl-D ends",
  args: boardArgs,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const chosen = chosenBoard(options);
    await using opened = await openRaw(chosen);
    const { port } = opened;
    output.note(`Connected to ${chosen.name}; ? is for help, Ctrl-D ends`);
    const count = { linesTyped: 0, linesHeard: 0 };
    const firstWord = new AbortController();
    const gone = new AbortController();
    const hear = async (): Promise<void> => {
      let rest = "";
      const decoder = new TextDecoder("latin1");
      for await (const chunk of port.source) {
        const lines = (rest + decoder.decode(chunk)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines.map((text) => text.replaceAll(/[^\x20-\x7e]/g, ""))) {
          if (line === "") continue;
          count.linesHeard += 1;
          firstWord.abort();
          if (options.json === true) output.note(line);
          else process.stdout.write(`${line}\n`);
        }
      }
    };
    const hearing = hear()
      .catch(() => undefined) // a port that has gone says no more
      .then(() => gone.abort());
    await runUntilSignal(async (signal) => {
      const ended = AbortSignal.any([signal, gone.signal]);
      await sleep(FIRST_WORD_MS, undefined, { signal: AbortSignal.any([ended, firstWord.signal]) }).catch(() => undefined);
      // Lines that come before somebody reads them are lost: it is made when it is read.
      const typed = createInterface({ input: process.stdin, terminal: false });
      const stop = (): void => typed.close();
      if (ended.aborted) stop();
      ended.addEventListener("abort", stop, { once: true });
      for await (const line of typed) {
        if (line.trim() === "") continue;
        count.linesTyped += 1;
        if (!isByHand(line)) {
          output.note(
            `The board takes ${BY_HAND.join(", ")} and ? by hand; all else needs a number and a checksum (docs/board.md)`,
          );
          continue;
        }
        await port.write(new TextEncoder().encode(`${asTyped(line.trim())}\n`));
      }
      if (!ended.aborted) await sleep(LAST_ANSWERS_MS, undefined, { signal: ended }).catch(() => undefined);
      if (signal.aborted || !gone.signal.aborted) return;
      throw new BoardUnreachableError(`Port ${chosen.name} has gone; was the cable pulled?`, { port: chosen.name });
    });
    await port.close();
    await hearing;
    if (options.json === true) output.result({ ...boardHeader("monitor", chosen), ...count }, []);
  },
});

/** Whether the board would take what a person typed: anything that begins with a number or a mark of its own, else these few. */
function isByHand(line: string): boolean {
  const [first = ""] = line.trim().toUpperCase().split(" ");
  return /^(\?|--|[0-9A-F]{2})$/.test(first) || BY_HAND.includes(first);
}

/** What a person types as the board takes it: a line without a number is marked as one by hand, and commands are in capitals. */
function asTyped(line: string): string {
  const capitals = line.toUpperCase();
  return /^(\?|--( |$)|[0-9A-F]{2} )/.test(capitals) ? capitals : `-- ${capitals}`;
}

async function openRaw(chosen: ChosenBoard): Promise<AsyncDisposable & { readonly port: LinkPort }> {
  if (!chosen.isVirtual) {
    const port = await serialPort(chosen.name).open();
    return { port, [Symbol.asyncDispose]: async () => port.close() };
  }
  const board = createVirtualBoard({ seed: chosen.seed });
  const source = board.listen();
  board.start();
  const port: LinkPort = {
    source,
    write: async (bytes) => board.write(bytes),
    close: async () => board.hangUp(),
  };
  return { port, [Symbol.asyncDispose]: async () => board[Symbol.asyncDispose]() };
}
