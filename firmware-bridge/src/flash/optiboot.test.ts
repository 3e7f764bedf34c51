import { Seconds } from "@ohmwork/core";
import { recordMeasured } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { openBoardLink } from "../link/board-link.ts";
import { steppedPort } from "../link/stepped-port.ts";
import { buildOptiboot, canBuildOptiboot } from "../testing/optiboot.ts";
import { firmwareHex } from "../virtual/firmware-hex.ts";
import { parseIntelHex } from "../virtual/intel-hex.ts";
import { createVirtualBoard } from "../virtual/virtual-board.ts";
import { flashProgram } from "./stk500.ts";

describe.runIf(canBuildOptiboot("flashing through optiboot"))("flashProgram() through optiboot on the virtual board", () => {
  it("puts the firmware on an empty board, which then runs it", async (context) => {
    const empty = ":00000001FF\n";
    const bootloader = await buildOptiboot();
    await using board = createVirtualBoard({ hex: empty, bootloader, baudRate: 115_200 });
    const flashing = steppedPort(board);
    const port = await flashing.open();
    const { bytes, end } = parseIntelHex(firmwareHex());
    const before = board.boardSeconds();
    expect(await flashProgram(port, bytes.subarray(0, end), { clock: flashing.clock })).toEqual({ signature: "1E950F" });
    recordMeasured(context, `board time to flash and compare ${end} bytes [s]`, board.boardSeconds() - before);
    await port.close();
    expect(board.faultsSeen()).toEqual([]);

    board.setBaudRate(1_000_000);
    const running = steppedPort(board);
    await using link = openBoardLink(running, { clock: running.clock });
    expect((await link.whenReady(Seconds(10))).version).toBe("0.1.0");
  });
});
