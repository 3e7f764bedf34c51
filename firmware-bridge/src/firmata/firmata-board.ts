import { BoardUnreachableError } from "../link/link-errors.ts";
import type { PortBinding } from "../link/port.ts";
import { portTransport } from "./port-transport.ts";
import type { PinLevel } from "./up-down-pot.ts";

/** A board with StandardFirmata that has answered. Every wait ends with a BoardUnreachableError when it goes away or is silent. */
export interface FirmataBoard {
  makeOutput(pin: number): void;
  write(levels: readonly PinLevel[]): void;
  /** Resolves when the board has carried out everything that was written before: it answers in order. */
  carriedOut(): Promise<void>;
  /** Lets that many reports of each analog input pass; the codes of the next ones, in the order of the inputs. */
  read(reportsBefore: number): Promise<number[]>;
  close(): Promise<void>;
}

export type FirmataBoardOptions = {
  readonly port: PortBinding;
  /** Analog inputs that report; 0 is A0. */
  readonly analogPins: readonly number[];
  readonly patienceSeconds: number;
};

/** Shortest interval between reports that firmata-io asks for [ms]. */
const SAMPLING_MILLISECONDS = 10;

/**
 * Opens a board by johnny-five over firmata-io, which are loaded here and nowhere else. The analog inputs are silent until they are first read.
 *
 * @throws BoardUnreachableError when the port does not open or no StandardFirmata answers in time
 */
export async function openFirmataBoard({
  port: binding,
  analogPins,
  patienceSeconds,
}: FirmataBoardOptions): Promise<FirmataBoard> {
  const [{ default: firmataIo }, { default: johnnyFive }] = await Promise.all([import("firmata-io"), import("johnny-five")]);
  const port = await binding.open();
  const transport = portTransport(port);
  // The port, not a timer of the libraries, says when it is too late; an interrupt is the caller's.
  const io = new firmataIo.Firmata(transport, { samplingInterval: SAMPLING_MILLISECONDS, reportVersionTimeout: 1000 });
  const board = new johnnyFive.Board({ io, repl: false, debug: false, sigint: false, timeout: 1e9 });
  let isGone = false;
  io.once("close", () => (isGone = true));
  for (const emitter of [io, board]) emitter.on("error", () => (isGone = true));

  /** Waits for what `listen` listens for; the board going away or silence ends the wait. */
  const awaitBoard = async (listen: (heard: () => void) => () => void): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (): void => {
      const why = isGone ? "has gone" : `was silent for ${patienceSeconds} s`;
      reject(new BoardUnreachableError(`StandardFirmata on ${binding.name} ${why}`, { port: binding.name }));
    };
    const timer = setTimeout(fail, patienceSeconds * 1000);
    io.once("close", fail);
    const forget = listen(resolve);
    if (isGone) fail();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      io.off("close", fail);
      forget();
    }
  };
  const close = async (): Promise<void> => {
    isGone = true;
    clearTimeout(io.reportVersionTimeoutId);
    if (board.timer !== null) clearTimeout(board.timer);
    // johnny-five has no way to close a board: it would keep each one for as long as the process lives.
    const { cache } = johnnyFive.Board;
    if (cache.includes(board)) cache.splice(cache.indexOf(board), 1);
    await port.close();
  };

  /** Takes one report of an input. */
  let take: (input: number, code: number) => void = () => {};
  let isReporting = false;
  const report = (): void => {
    if (isReporting) return;
    isReporting = true;
    // A listener of johnny-five stays for good: one for each input, and none for each reading.
    for (const [i, analogPin] of analogPins.entries()) board.analogRead(analogPin, (code) => take(i, code));
  };
  try {
    await port.reset?.();
    await awaitBoard((heard) => {
      board.once("ready", heard);
      transport.emit("open");
      return () => board.off("ready", heard);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    makeOutput: (pin) => void board.pinMode(pin, board.MODES.OUTPUT),
    write: (levels) => {
      for (const { pin, level } of levels) board.digitalWrite(pin, level);
    },
    carriedOut: () =>
      awaitBoard((heard) => {
        io.reportVersion(heard);
        return () => io.off("reportversion", heard);
      }),
    read: async (reportsBefore) => {
      const codes = analogPins.map(() => Number.NaN);
      const left = analogPins.map(() => reportsBefore + 1);
      await awaitBoard((heard) => {
        take = (input, code) => {
          codes[input] = code;
          left[input] = (left[input] as number) - 1;
          if (left.every((count) => count <= 0)) heard();
        };
        report();
        return () => (take = () => {});
      });
      return codes;
    },
    close,
  };
}
