import { calibrateBoard } from "@ohmwork/firmware-bridge";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { openBoard } from "../../open-board.ts";
import { createOutput, nameValueLines } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { boardArgs, boardHeader, chosenBoard, firmwareText } from "./board-options.ts";

/** A step of the converters [mV]. */
const MILLIVOLTS_PER_CODE = 5000 / 4096;

export const calibrate: CommandDef = strictCommand({
  name: "board calibrate",
  description: "Let a board measure the offsets of its channels and keep them",
  args: boardArgs,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const chosen = chosenBoard(options);
    await using opened = await openBoard(chosen.name, chosen.seed);
    const offsets = await runUntilSignal((signal) => calibrateBoard(opened.link, { signal }));
    const inMillivolts = (codes: number): string =>
      `${codes < 0 ? "−" : "+"}${Math.abs(codes * MILLIVOLTS_PER_CODE).toFixed(1)} mV`;
    output.result({ ...boardHeader("calibrate", chosen), firmware: firmwareText(opened.link.identity), offsets }, [
      `Board ${chosen.name} takes these offsets off from now on:`,
      ...nameValueLines(
        offsets.map(({ node, converterCodes, dacCodes }) => [
          node,
          `reads ${inMillivolts(converterCodes)}${dacCodes === undefined ? "" : `, driven ${inMillivolts(dacCodes)}`}`,
        ]),
      ),
    ]);
  },
});
