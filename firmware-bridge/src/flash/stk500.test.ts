import { createRandom, Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { systemClock } from "@ohmwork/runtime";
import { describe, expect, it } from "vitest";
import { createByteQueue } from "../link/byte-queue.ts";
import type { LinkPort } from "../link/port.ts";
import { flashProgram } from "./stk500.ts";

type Bootloader = LinkPort & { readonly flash: Uint8Array; left: boolean };

/** A bootloader by the application note: packets in, packets out, flash in pages. */
function bootloader(
  options: { signature?: number[]; corrupt?: (flash: Uint8Array) => void; deafFor?: number; noise?: number[] } = {},
): Bootloader {
  const { signature = [0x1e, 0x95, 0x0f], corrupt = () => undefined, noise = [] } = options;
  let deafFor = options.deafFor ?? 0;
  const flash = new Uint8Array(32_768).fill(0xff);
  const queue = createByteQueue();
  let address = 0;
  const say = (...bytes: number[]): void => queue.push(Uint8Array.from([0x14, ...bytes, 0x10]));
  const port: Bootloader = {
    flash,
    left: false,
    source: queue.source,
    reset: async () => queue.push(Uint8Array.from(noise)),
    close: async () => queue.end(),
    write: async (bytes) => {
      if (deafFor-- > 0) return;
      const [command, a = 0, b = 0] = bytes;
      const isWhole = bytes.at(-1) === 0x20 && (command !== 0x64 || bytes.length === 4 + b + 1);
      if (!isWhole) return queue.push(Uint8Array.of(0x15)); // not in sync
      if (command === 0x30 || command === 0x50) return say();
      if (command === 0x75) return say(...signature);
      if (command === 0x55) {
        address = 2 * (a + 256 * b);
        return say();
      }
      if (command === 0x64) {
        flash.set(bytes.subarray(4, 4 + b), address - (address % 128));
        corrupt(flash);
        return say();
      }
      if (command === 0x74) return say(...flash.subarray(address, address + b));
      if (command === 0x51) {
        port.left = true;
        return say();
      }
      queue.push(Uint8Array.of(0x15));
    },
  };
  return port;
}

function someProgram(bytes: number): Uint8Array {
  const random = createRandom(1, "program");
  return Uint8Array.from({ length: bytes }, () => random.below(256));
}

describe("flashProgram()", () => {
  it("writes a program, compares it and leaves", async () => {
    const port = bootloader();
    const program = someProgram(300);
    const seen: string[] = [];
    const onProgress = ({ phase, bytes, total }: { phase: string; bytes: number; total: number }): void =>
      void seen.push(`${phase} ${bytes}/${total}`);
    expect(await flashProgram(port, program, { clock: systemClock, onProgress })).toEqual({ signature: "1E950F" });
    expect([...port.flash.subarray(0, 300)]).toEqual([...program]);
    expect(port.left).toBe(true);
    expect(seen).toEqual(["write", "verify"].flatMap((phase) => [128, 256, 300].map((bytes) => `${phase} ${bytes}/300`)));
  });

  it("finds a single wrong bit anywhere in the flash, and says where", async () => {
    const program = someProgram(1000);
    for (const at of [0, 500, 999]) {
      const port = bootloader({ corrupt: (flash) => (flash[at] = (program[at] as number) ^ 0x10) });
      const where = `Flash at 0x${at.toString(16)} reads`;
      await expect(flashProgram(port, program, { clock: systemClock })).rejects.toThrow(where);
      expect(port.left).toBe(false);
    }
  });

  it("refuses another chip before it writes anything", async () => {
    const port = bootloader({ signature: [0x1e, 0x98, 0x01] });
    await expect(flashProgram(port, someProgram(10), { clock: systemClock })).rejects.toThrow("Chip has signature 1E9801");
    expect(port.flash.every((byte) => byte === 0xff)).toBe(true);
  });

  it("begins although the board talks first and misses the first calls", async () => {
    const port = bootloader({ noise: [0x21, 0x21, 0x20, 0x48], deafFor: 2 });
    await flashProgram(port, someProgram(10), { clock: systemClock });
    expect(port.left).toBe(true);
  });

  it("says that no bootloader answers", async () => {
    const clock = createFakeClock();
    const failing = flashProgram(bootloader({ deafFor: Infinity }), someProgram(10), { clock });
    const passTime = async (): Promise<void> => {
      for (let i = 0; i < 30; i += 1) {
        await clock.advance(Seconds(0.1));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([expect(failing).rejects.toThrow("No bootloader answered within 2 s"), passTime()]);
  });

  it("stops when its signal has fired, and refuses what does not fit", async () => {
    const clock = systemClock;
    await expect(flashProgram(bootloader(), someProgram(10), { clock, signal: AbortSignal.abort() })).rejects.toThrow(
      "Flashing was stopped",
    );
    await expect(flashProgram(bootloader(), someProgram(32_257), { clock })).rejects.toThrow(RangeError);
    await expect(flashProgram(bootloader(), new Uint8Array(0), { clock })).rejects.toThrow(RangeError);
  });
});
