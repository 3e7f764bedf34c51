import { BadInputError, type Clock } from "@ohmwork/core";
import {
  createVirtualBoard,
  firmwareHex,
  flashProgram,
  type LinkPort,
  parseIntelHex,
  serialPort,
  steppedPort,
} from "@ohmwork/firmware-bridge";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createByteProgress } from "../../byte-progress.ts";
import { createOutput } from "../../output.ts";
import { readUserFile } from "../../read-user-file.ts";
import { strictCommand, wholeNumber } from "../../strict-command.ts";
import { boardArgs, boardHeader, type ChosenBoard, chosenBoard } from "./board-options.ts";

const args = {
  ...boardArgs,
  hex: { type: "string", valueHint: "file", description: "Firmware in Intel HEX in place of the packaged one" },
  baud: {
    type: "string",
    default: "115200",
    valueHint: "rate",
    description: "Rate of the bootloader: 57600 for a Nano with the old one",
  },
  bootloader: {
    type: "string",
    valueHint: "file",
    description: "A bootloader in Intel HEX for the virtual board, such as optiboot",
  },
} as const;

export const flash: CommandDef = strictCommand({
  name: "board flash",
  description: "Write the firmware through the Arduino bootloader, and compare every byte",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const chosen = chosenBoard(options);
    const baudRate = wholeNumber(options.baud, "--baud", { min: 1200, max: 2_000_000 }) as number;
    if (chosen.isVirtual && options.bootloader === undefined) {
      throw new BadInputError(
        "The virtual board runs the packaged firmware and needs no flashing, unless --bootloader gives it a bootloader",
      );
    }
    if (!chosen.isVirtual && options.bootloader !== undefined) {
      throw new BadInputError("Option --bootloader is for the virtual board: a real one has its own");
    }
    const { bytes, start, end } = parseIntelHex(
      options.hex === undefined ? firmwareHex() : await readUserFile(options.hex),
      options.hex ?? "ohmwork.hex",
    );
    if (start >= end) throw new BadInputError(`${options.hex ?? "ohmwork.hex"}: Holds no program`);
    const bootloader = options.bootloader === undefined ? undefined : await readUserFile(options.bootloader);
    await using opened = await openBootloader(chosen, baudRate, bootloader);
    const view = createByteProgress(process.stderr);
    const { signature } = await runUntilSignal((signal) =>
      flashProgram(opened.port, bytes.subarray(0, end), { clock: opened.clock, onProgress: view.show, signal }),
    ).finally(() => view.end());
    output.result({ ...boardHeader("flash", chosen), hex: options.hex ?? null, bytes: end, signature, verified: true }, [
      `${end} bytes written to ${chosen.name} and compared: all the same`,
    ]);
  },
});

type Bootloader = AsyncDisposable & { readonly port: LinkPort; readonly clock: Clock };

async function openBootloader(chosen: ChosenBoard, baudRate: number, bootloader: string | undefined): Promise<Bootloader> {
  const stack = new AsyncDisposableStack();
  try {
    const stepped =
      bootloader === undefined
        ? undefined
        : steppedPort(stack.use(createVirtualBoard({ seed: chosen.seed, hex: EMPTY_HEX, bootloader, baudRate })));
    const port = await (stepped ?? serialPort(chosen.name, { baudRate })).open();
    stack.defer(async () => port.close());
    const opened = stack.move();
    return { port, clock: stepped?.clock ?? systemClock, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

const EMPTY_HEX = ":00000001FF\n";
