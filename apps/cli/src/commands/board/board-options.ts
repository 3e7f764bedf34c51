import { BadInputError } from "@ohmwork/core";
import type { BoardIdentity } from "@ohmwork/firmware-bridge";
import { VERSION } from "../../output.ts";
import { wholeNumber } from "../../strict-command.ts";

/** Options of every command that speaks to one board. */
export const boardArgs = {
  board: { type: "string", valueHint: "name", description: "virtual, or a serial port; ohmwork board list shows them" },
  seed: { type: "string", default: "1", valueHint: "N", description: "Draws what is imperfect on the virtual board" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export type ChosenBoard = { readonly name: string; readonly seed: number; readonly isVirtual: boolean };

/** @throws BadInputError when no board is named, or none that could be one */
export function chosenBoard(options: { board?: string | undefined; seed?: string | undefined }): ChosenBoard {
  const { board: name } = options;
  const seed = wholeNumber(options.seed, "--seed", { min: 0 }) ?? 1;
  if (name === undefined)
    throw new BadInputError("Option --board is missing: virtual, or a serial port; ohmwork board list shows them");
  if (!/^(virtual|\/dev\/\S+|COM\d+)$/.test(name)) {
    throw new BadInputError(`Unknown board "${name}", expected virtual or a serial port such as /dev/ttyACM0`);
  }
  return { name, seed, isVirtual: name === "virtual" };
}

/** What every result about a board begins with; a real board has no seed. */
export function boardHeader(command: string, chosen?: ChosenBoard): Record<string, unknown> {
  return {
    schema: `ohmwork.board-${command}/1`,
    version: VERSION,
    task: `board-${command}`,
    system: "bench-16",
    rule: null,
    seed: chosen?.isVirtual === true ? chosen.seed : null,
    ...(chosen === undefined ? {} : { board: chosen.name }),
  };
}

export function firmwareText(identity: BoardIdentity | undefined): string {
  return identity === undefined ? "unknown" : `${identity.version} ${identity.build}`;
}
