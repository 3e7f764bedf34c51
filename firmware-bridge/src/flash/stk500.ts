import { type Clock, DeadlineExceededError, Seconds, throwIfAborted } from "@ohmwork/core";
import type { LinkPort } from "../link/port.ts";
import { createByteReader } from "./byte-reader.ts";
import { FlashFailedError } from "./flash-failed-error.ts";

export type FlashProgress = { readonly phase: "write" | "verify"; readonly bytes: number; readonly total: number };

export type FlashOptions = {
  readonly clock: Clock;
  readonly onProgress?: (progress: FlashProgress) => void;
  readonly signal?: AbortSignal;
};

/** Commands and answers of STK500 version 1 (Microchip application note AVR061). */
const STK = {
  ok: 0x10,
  inSync: 0x14,
  endOfPacket: 0x20,
  getSync: 0x30,
  enterProgramming: 0x50,
  leaveProgramming: 0x51,
  loadAddress: 0x55,
  programPage: 0x64,
  readPage: 0x74,
  readSignature: 0x75,
} as const;

/** ATmega328P and ATmega328 (DS40002061, section 27.3). */
const SIGNATURES: ReadonlySet<string> = new Set(["1E950F", "1E9514"]);
/** Page of their flash [bytes]. */
const PAGE = 128;
/** What the smallest bootloader leaves of their flash [bytes]: optiboot takes the last 512. */
const LARGEST_PROGRAM = 32_768 - 512;
/** A bootloader listens for one to two seconds after a reset. */
const SYNC_TRIES = 10;
const SYNC_SECONDS = Seconds(0.2);
/** Erasing and writing a page takes 9 ms (DS40002061, table 27-17), reading one 12 ms at 115,200 baud. */
const ANSWER_SECONDS = Seconds(1);

/**
 * Writes a program from address 0 through the bootloader of an Arduino Uno or Nano, reads it back and compares every byte.
 *
 * @param port at the bootloader's rate, 115200 baud (57600 for a Nano with the old bootloader); it is reset if it can be
 * @throws FlashFailedError when no bootloader answers, the chip is another one, or a byte reads back differently
 * @throws RangeError when the program is empty or reaches into the bootloader
 * @throws AbortedError when the signal fires; the board then holds part of a program, and its bootloader
 */
export async function flashProgram(port: LinkPort, program: Uint8Array, options: FlashOptions): Promise<{ signature: string }> {
  const { clock, onProgress = () => undefined, signal } = options;
  const total = program.length;
  if (total === 0 || total > LARGEST_PROGRAM) throw new RangeError(`Program must be 1 to ${LARGEST_PROGRAM} bytes: ${total}`);
  const reader = createByteReader(port.source, clock);

  const ask = async (command: readonly number[], answerBytes: number, limit = ANSWER_SECONDS): Promise<Uint8Array> => {
    throwIfAborted(signal, "Flashing");
    await port.write(Uint8Array.from([...command, STK.endOfPacket]));
    const answer = await reader.read(2 + answerBytes, limit);
    if (answer[0] !== STK.inSync || answer.at(-1) !== STK.ok) {
      const shown = Array.from(answer, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
      throw new FlashFailedError(`Bootloader answered ${shown.slice(0, 60)}, expected 14 … 10`, {});
    }
    return answer.subarray(1, -1);
  };
  const sync = async (): Promise<void> => {
    await port.reset?.();
    for (let tries = 0; tries < SYNC_TRIES; tries += 1) {
      reader.drain();
      try {
        await ask([STK.getSync], 0, SYNC_SECONDS);
        // Answers to earlier tries may still be on their way.
        await clock.sleep(SYNC_SECONDS, signal);
        return reader.drain();
      } catch (error) {
        if (!(error instanceof DeadlineExceededError) && !(error instanceof FlashFailedError)) throw error;
      }
    }
    throw new FlashFailedError(`No bootloader answered within ${SYNC_TRIES * SYNC_SECONDS} s: is it an Arduino Uno or Nano?`, {});
  };
  const setAddress = async (address: number): Promise<void> => {
    const word = address >> 1;
    await ask([STK.loadAddress, word & 0xff, word >> 8], 0);
  };
  const eachPage = async (
    phase: FlashProgress["phase"],
    work: (address: number, page: Uint8Array) => Promise<void>,
  ): Promise<void> => {
    for (let address = 0; address < total; address += PAGE) {
      const page = new Uint8Array(PAGE).fill(0xff);
      page.set(program.subarray(address, address + PAGE));
      await setAddress(address);
      await work(address, page);
      onProgress({ phase, bytes: Math.min(total, address + PAGE), total });
    }
  };

  await sync();
  try {
    const signature = Array.from(await ask([STK.readSignature], 3), (byte) => byte.toString(16).padStart(2, "0"))
      .join("")
      .toUpperCase();
    if (!SIGNATURES.has(signature)) {
      throw new FlashFailedError(`Chip has signature ${signature}, expected ${[...SIGNATURES].join(" or ")}`, {});
    }
    await ask([STK.enterProgramming], 0);
    await eachPage("write", async (_, page) => void (await ask([STK.programPage, 0, PAGE, 0x46, ...page], 0)));
    await eachPage("verify", async (address, page) => {
      const found = await ask([STK.readPage, 0, PAGE, 0x46], PAGE);
      const wrong = page.findIndex((byte, i) => byte !== found[i]);
      if (wrong < 0) return;
      const at = address + wrong;
      const [expected, got] = [page[wrong] as number, found[wrong] as number].map(
        (byte) => `0x${byte.toString(16).padStart(2, "0")}`,
      );
      throw new FlashFailedError(`Flash at 0x${at.toString(16)} reads ${got}, expected ${expected}`, { address: at });
    });
    await ask([STK.leaveProgramming], 0);
    return { signature };
  } catch (cause) {
    if (!(cause instanceof DeadlineExceededError)) throw cause;
    throw new FlashFailedError("Bootloader stopped answering", {}, { cause });
  }
}
