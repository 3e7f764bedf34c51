import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "@ohmwork/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import { hasPrograms, runProgram } from "../testing/firmware-tools.ts";
import { tcpPort } from "../link/tcp-port.ts";
import { buildOptiboot, canBuildOptiboot } from "../testing/optiboot.ts";
import { firmwareHex } from "../virtual/firmware-hex.ts";
import { parseIntelHex } from "../virtual/intel-hex.ts";
import { createVirtualBoard, type VirtualBoard } from "../virtual/virtual-board.ts";
import { flashProgram, type FlashProgress } from "./stk500.ts";

const what = "flashing cross-checked with avrdude";
const canRun = canBuildOptiboot(what) && hasPrograms(what, ["avrdude"]);

const hexPath = fileURLToPath(new URL("../../firmware/ohmwork.hex", import.meta.url));
const SLICE_MS = 1;

/**
 * The board behind a socket. It never runs ahead of the wall clock, since the pauses of avrdude are in wall time and the watchdog of
 * the bootloader is in board time; connecting resets it, as the DTR line does when a serial port is opened.
 */
async function serve(board: VirtualBoard): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => undefined); // avrdude may leave while the board talks
    socket.on("data", (bytes) => board.write(bytes));
    Readable.from(board.listen()).pipe(socket);
    board.reset();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const run = async (): Promise<void> => {
    while (server.listening) {
      board.runFor(SLICE_MS / 1000);
      await sleep(SLICE_MS);
    }
  };
  const running = run();
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await running;
    },
  };
}

/** @param task what avrdude is to do with the flash, as in `v:file:i` */
function avrdude(port: number, task: string): Promise<{ stderr: string }> {
  return runProgram("avrdude", ["-q", "-c", "arduino", "-p", "m328p", "-P", `net:127.0.0.1:${port}`, "-U", `flash:${task}`]);
}

/** What avrdude reads. */
async function readByAvrdude(port: number): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-avrdude-"));
  try {
    const file = join(folder, "flash.bin");
    await avrdude(port, `r:${file}:r`);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function flash(port: number, program: Uint8Array, onProgress: (progress: FlashProgress) => void = () => {}): Promise<void> {
  const open = await tcpPort("127.0.0.1", port).open();
  try {
    await flashProgram(open, program, { clock: systemClock, onProgress });
  } finally {
    await open.close();
  }
}

describe.runIf(canRun)("flashProgram() and avrdude through optiboot behind a socket", () => {
  const image = parseIntelHex(firmwareHex());
  const program = image.bytes.subarray(0, image.end);
  let bootloader = "";
  beforeAll(async () => {
    bootloader = await buildOptiboot();
  }, 60_000);
  const createEmptyBoard = (): VirtualBoard => createVirtualBoard({ hex: ":00000001FF\n", bootloader, baudRate: 115_200 });

  it("agree on every byte of a flashed board", { timeout: 120_000 }, async () => {
    await using board = createEmptyBoard();
    await using server = await serve(board);
    await flash(server.port, program);
    expect((await avrdude(server.port, `v:${hexPath}:i`)).stderr).toContain(`${program.length} bytes of flash verified`);

    const found = await readByAvrdude(server.port);
    const boot = parseIntelHex(bootloader);
    const expected = Uint8Array.from(image.bytes);
    expected.set(boot.bytes.subarray(boot.start, boot.end), boot.start);
    expect(Buffer.compare(found, expected.subarray(0, found.length))).toBe(0);
    expect(found.length).toBe(boot.end);
  });

  it("find the same wrong byte", async () => {
    await using board = createEmptyBoard();
    await using server = await serve(board);
    const at = 5000;
    const spoil = ({ phase, bytes, total }: FlashProgress): void => {
      if (phase === "write" && bytes === total) board.flash[at] = (board.flash[at] as number) ^ 0x10;
    };
    await expect(flash(server.port, program, spoil)).rejects.toMatchObject({ code: "flash-failed", details: { address: at } });
    const mismatch = new RegExp(`mismatch.*0x${at.toString(16)}`, "s");
    const verifying = avrdude(server.port, `v:${hexPath}:i`);
    await expect(verifying).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(mismatch) });
  });
});
