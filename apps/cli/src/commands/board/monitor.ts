import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createVirtualBoard, type LinkPort, serialPort } from "@ohmwork/firmware-bridge";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { boardArgs, boardHeader, type ChosenBoard, chosenBoard } from "./board-options.ts";

/** Time for the last answers after the end of the input [ms]. */
const LAST_ANSWERS_MS = 300;

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
    const hear = async (): Promise<void> => {
      let rest = "";
      const decoder = new TextDecoder("latin1");
      for await (const chunk of port.source) {
        const lines = (rest + decoder.decode(chunk)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines.map((text) => text.replaceAll(/[^\x20-\x7e]/g, ""))) {
          if (line === "") continue;
          count.linesHeard += 1;
          if (options.json === true) output.note(line);
          else process.stdout.write(`${line}\n`);
        }
      }
    };
    const hearing = hear().catch(() => undefined); // a port that has gone says no more
    await runUntilSignal(async (signal) => {
      const typed = createInterface({ input: process.stdin, terminal: false });
      const stop = (): void => typed.close();
      signal.addEventListener("abort", stop, { once: true });
      void hearing.then(stop);
      for await (const line of typed) {
        if (line.trim() === "") continue;
        count.linesTyped += 1;
        await port.write(new TextEncoder().encode(`${asTyped(line.trim())}\n`));
      }
      if (!signal.aborted) await sleep(LAST_ANSWERS_MS, undefined, { signal }).catch(() => undefined);
    });
    await port.close();
    await hearing;
    if (options.json === true) output.result({ ...boardHeader("monitor", chosen), ...count }, []);
  },
});

/** What a person types as the board takes it: a line without a number is marked as one by hand. */
function asTyped(line: string): string {
  return /^(\?|--( |$)|[0-9A-F]{2} )/.test(line) ? line : `-- ${line.toUpperCase()}`;
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
