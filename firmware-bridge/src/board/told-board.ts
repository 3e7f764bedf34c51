import type { BoardLink } from "../link/board-link.ts";
import { hex, parseHex } from "../link/hex.ts";
import { BoardRefusedError, BoardResetError } from "../link/link-errors.ts";
import { refusalText } from "../link/refusal-text.ts";
import { PER_LINE, programCommands } from "./board-commands.ts";
import { createExclusive } from "./exclusive.ts";

/** Where a board stands: what a reset brings it back to. */
export type Standing = { readonly wipers: Uint16Array; readonly random: number };

/** A board that is told what it must know before it is asked to work, and told again whenever it has forgotten. */
export interface ToldBoard {
  /** Where the board stood when it was last read; undefined before the first piece of work. */
  readonly standing: Standing | undefined;
  /**
   * Does a piece of work, one at a time, and from its start again whenever the board started anew meanwhile. What the work has the
   * board do counts once it gives `standing` where the board then stands.
   *
   * @throws BoardRefusedError when the board refuses a command, or says unasked that something on its bench is wrong
   * @throws BoardResetError when it starts anew again and again
   */
  work<T>(work: () => Promise<{ result: T; standing?: Standing }>): Promise<T>;
  /** Asks within a piece of work. @throws BoardResetError when the board started anew since that began */
  ask(command: string): Promise<readonly string[]>;
  /** Numbers of an answer. @throws BoardRefusedError unless there are `count` of them */
  numbers(command: string, fields: readonly string[], count: number): number[];
  /** Reads within a piece of work where the board stands. */
  readStanding(): Promise<Standing>;
  /** Begins no work again. */
  dispose(): void;
}

export type ToldBoardOptions = {
  readonly link: BoardLink;
  readonly edgeCount: number;
  /** Commands that tell it network, window and rule, in the order in which it must hear them. */
  readonly commands: readonly string[];
  /** Where it is to stand at first; without wipers, where they do. */
  readonly first: Standing;
  /** How long an answer may take [s]. */
  readonly answerSeconds: number;
};

/** Resets in the middle of one piece of work before it is given up. */
const MOST_RESETS = 10;
/** What a board says unasked without anything being wrong on its bench. */
const HARMLESS = new Set(["BAD", "QUIET"]);

export function createToldBoard({ link, edgeCount, commands, first, answerSeconds }: ToldBoardOptions): ToldBoard {
  const exclusive = createExclusive();
  let standing: Standing | undefined;
  /** The board knows its network and stands where `standing` says. */
  let isTold = false;
  let isDisposed = false;
  let resets = 0;
  /** Value of `resets` when the present piece of work began. */
  let resetsBefore = 0;
  /** What the board said unasked of its bench since the present piece of work began. */
  const complaints: BoardRefusedError[] = [];
  const stopListening = link.onEvent((event) => {
    if (event.kind === "reset") resets += 1;
    if (event.kind !== "board" || HARMLESS.has(event.name)) return;
    isTold = false;
    const detail = event.fields.join(" ");
    const message = `Board on ${link.name} says that something on its bench is wrong: ${refusalText(event.name, detail)}`;
    complaints.push(new BoardRefusedError(message, { command: "", refusal: event.name, detail }));
  });

  const ask = async (command: string): Promise<readonly string[]> => {
    // The board may start anew between an answer and the next command: that one must not reach a board that knows nothing.
    if (resets !== resetsBefore)
      throw new BoardResetError(`Board on ${link.name} started anew before ${command}`, { port: link.name });
    return link.request(command, { seconds: answerSeconds });
  };

  const numbers = (command: string, fields: readonly string[], count: number): number[] => {
    const values = fields.map((field) => parseHex(field) ?? -1);
    if (values.length === count && values.every((value) => value >= 0)) return values;
    const details = { command, refusal: "ANSWER", detail: fields.join(" ") };
    throw new BoardRefusedError(
      `Board on ${link.name} answered ${command} with "${details.detail}", expected ${count} numbers`,
      details,
    );
  };

  const readStanding = async (): Promise<Standing> => {
    const answers: (readonly string[])[] = [];
    for (let edge = 0; edge < edgeCount; edge += PER_LINE) answers.push(await ask(`READ ${hex(edge, 2)}`));
    const state = await ask("STATE");
    // A board that started anew unheard has answered, but of another state: its epoch says so before anything is believed.
    await ask("HELLO");
    const wipers = new Uint16Array(edgeCount);
    for (const [i, fields] of answers.entries()) {
      const edge = i * PER_LINE;
      const count = Math.min(PER_LINE, edgeCount - edge);
      wipers.set(numbers("READ", fields.slice(0, count), count), edge);
    }
    const [random = 0] = numbers("STATE", state, 2);
    return { wipers, random };
  };

  const tell = async (): Promise<void> => {
    const { wipers, random } = standing ?? first;
    // One after the other: a line that is repeated must not come after one that builds on it.
    for (const command of commands) await ask(command);
    await ask(`SEED ${hex(random, 8)}`);
    for (const command of programCommands(wipers)) await ask(command);
    standing = await readStanding();
    isTold = true;
  };

  const work: ToldBoard["work"] = async (piece) =>
    exclusive(async () => {
      for (let tries = 1; ; tries += 1) {
        if (resets !== resetsBefore) isTold = false;
        resetsBefore = resets;
        try {
          if (!isTold) await tell();
          // What it said before is of a bench that has been programmed and read back since.
          complaints.length = 0;
          const done = await piece();
          const [complaint] = complaints;
          if (complaint !== undefined) throw complaint;
          standing = done.standing ?? standing;
          return done.result;
        } catch (error) {
          // Whatever was under way may have been carried out in part: the next one begins from what is known.
          isTold = false;
          if (!(error instanceof BoardResetError) || tries > MOST_RESETS || isDisposed) throw error;
        }
      }
    });

  return {
    get standing() {
      return standing;
    },
    work,
    ask,
    numbers,
    readStanding,
    dispose: () => {
      isDisposed = true;
      stopListening();
    },
  };
}
