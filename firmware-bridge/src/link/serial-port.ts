import { type Clock, Seconds } from "@ohmwork/core";
import { systemClock } from "@ohmwork/runtime";
import { createByteQueue } from "./byte-queue.ts";
import type { PortBinding } from "./port.ts";
import { portProblem } from "./port-problem.ts";

/** How long DTR is held for a reset [s]: what avrdude's programmer type "arduino" does. */
const RESET_PULSE = Seconds(0.25);

export type SerialPortOptions = {
  /** @default 1000000 */
  readonly baudRate?: number;
  /** @default systemClock */
  readonly clock?: Clock;
};

/**
 * A serial port of this machine, by its path. Most boards start anew when it is opened.
 * Opening rejects with BoardUnreachableError when the port is not there or somebody else's.
 */
export function serialPort(path: string, options: SerialPortOptions = {}): PortBinding {
  const { baudRate = 1_000_000, clock = systemClock } = options;
  const open: PortBinding["open"] = async () => {
    const { SerialPort } = await import("serialport"); // native code: only who has a board pays for it
    const serial = new SerialPort({ path, baudRate, autoOpen: false });
    const queue = createByteQueue();
    // The driver may never say what became of a write to a port that goes meanwhile.
    const writing = new Set<(error: Error) => void>();
    let ended = false;
    const end = (): void => {
      ended = true;
      queue.end();
      for (const fail of writing) fail(portProblem(path, "Port is not open"));
    };
    serial.on("data", (bytes: Buffer) => queue.push(bytes));
    serial.on("close", end);
    serial.on("error", end);
    const done = async (start: (callback: (error: Error | null | undefined) => void) => void): Promise<void> =>
      new Promise((resolve, reject) => start((error) => (error instanceof Error ? reject(portProblem(path, error)) : resolve())));
    await done((callback) => serial.open(callback));
    // A pseudo-terminal has no DTR to set.
    const setLines = async (on: boolean): Promise<void> =>
      done((callback) => serial.set({ dtr: on, rts: on }, callback)).catch(() => undefined);
    return {
      source: queue.source,
      write: async (bytes) => {
        // The driver would keep it for a port that is opened again, and never say so.
        if (ended || !serial.isOpen) throw portProblem(path, "Port is not open");
        return new Promise((resolve, reject) => {
          writing.add(reject);
          const written = done((callback) => serial.write(Buffer.from(bytes), callback));
          void written.then(resolve, reject).finally(() => writing.delete(reject));
        });
      },
      reset: async () => {
        await setLines(false);
        await clock.sleep(RESET_PULSE);
        await setLines(true);
      },
      close: async () => {
        if (serial.isOpen) await done((callback) => serial.close(callback)).catch(() => undefined);
        queue.end();
      },
    };
  };
  return { name: path, open };
}
