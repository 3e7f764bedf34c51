import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Seconds } from "@ohmwork/core";
import { recordMeasured } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { hasPrograms } from "../firmware-tools.ts";
import { openBoardLink } from "../link/board-link.ts";
import { steppedPort } from "../link/stepped-port.ts";
import { firmwareHex } from "../virtual/firmware-hex.ts";
import { parseIntelHex } from "../virtual/intel-hex.ts";
import { createVirtualBoard } from "../virtual/virtual-board.ts";
import { flashProgram } from "./stk500.ts";

const source = "/usr/share/arduino/hardware/arduino/avr/bootloaders/optiboot";
const run = promisify(execFile);
const canBuild = hasPrograms("flashing through optiboot", ["avr-gcc", "avr-objcopy"]) && existsSync(join(source, "optiboot.c"));

/** Optiboot built from its source: the hex that Debian ships reaches past the end of flash. */
async function buildOptiboot(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-optiboot-"));
  try {
    const [elf, hex] = [join(folder, "optiboot.elf"), join(folder, "optiboot.hex")];
    const define = ["-DF_CPU=16000000L", "-DLED_START_FLASHES=0", "-DBAUD_RATE=115200"];
    const place = ["-Wl,--section-start=.text=0x7e00", "-Wl,--section-start=.version=0x7ffe", "-Wl,--relax", "-nostartfiles"];
    const compile = ["-Os", "-fno-split-wide-types", "-mrelax", "-mmcu=atmega328p"];
    await run("avr-gcc", [...compile, ...define, `-I${source}`, "-o", elf, join(source, "optiboot.c"), ...place]);
    const sections = ["-j", ".text", "-j", ".data", "-j", ".version", "--set-section-flags", ".version=alloc,load"];
    await run("avr-objcopy", [...sections, "-O", "ihex", elf, hex]);
    return await readFile(hex, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.skipIf(!canBuild)("flashProgram() through optiboot on the virtual board", () => {
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
