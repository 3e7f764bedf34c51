import { setImmediate as nextTurn } from "node:timers/promises";
import { EEPROMMemoryBackend } from "avr8js";
import { type ByteQueue, createByteQueue } from "../link/byte-queue.ts";
import type { PortBinding } from "../link/port.ts";
import { CLOCK_HERTZ, createAvrMachine } from "../virtual/avr-machine.ts";
import { createI2cBus } from "../virtual/i2c-bus.ts";
import { parseIntelHex } from "../virtual/intel-hex.ts";

/** What hangs on the pins of an emulated Uno. */
export type UnoWiring = {
  /** Digital pins that something listens to, D2 to D13. */
  readonly pins: readonly number[];
  readonly setPin: (pin: number, high: boolean) => void;
  /** Voltage of each analog input [V], asked for whenever a pin has changed. */
  readonly analogVolts: () => readonly number[];
};

export interface EmulatedUno {
  readonly port: PortBinding;
  /** Time of the board [s]. */
  seconds(): number;
  faults(): readonly string[];
  /** The cable is pulled out. */
  unplug(): void;
}

/** An Uno with any program and any wiring, as a port at StandardFirmata's rate. It runs while the port is open. */
export function createEmulatedUno(hex: string, { pins, setPin, analogVolts }: UnoWiring): EmulatedUno {
  const faults = new Set<string>();
  const report = (message: string): void => void faults.add(message);
  const incoming: number[] = [];
  let outgoing: ByteQueue | undefined;
  const machine = createAvrMachine({
    flash: new Uint16Array(parseIntelHex(hex).bytes.buffer),
    eeprom: new EEPROMMemoryBackend(1024),
    cause: "external",
    startWord: 0,
    wiring: {
      pins: new Map(pins.map((pin) => [`D${pin}`, true])),
      setPin: (name, high) => setPin(Number(name.slice(1)), high),
      exchange: () => 0xff,
      i2c: createI2cBus(new Map(), report),
      line: { baudRate: 57_600, take: () => incoming.shift(), deliver: (byte) => outgoing?.push(Uint8Array.of(byte)) },
      report,
    },
  });
  const cable = { isOpen: false };
  const hangUp = (): void => {
    cable.isOpen = false;
    outgoing?.end();
  };
  const run = async (): Promise<void> => {
    while (cable.isOpen) {
      for (const [channel, volts] of analogVolts().entries()) machine.setAnalogVolts(channel, volts);
      machine.runUntil(machine.cycles() + CLOCK_HERTZ / 1000);
      await nextTurn();
    }
  };
  return {
    port: {
      name: "emulated Uno",
      open: async () => {
        outgoing = createByteQueue();
        cable.isOpen = true;
        void run();
        return {
          source: outgoing.source,
          write: async (bytes) => {
            incoming.push(...bytes);
            machine.wakeLine();
          },
          close: async () => hangUp(),
        };
      },
    },
    seconds: () => machine.cycles() / CLOCK_HERTZ,
    faults: () => [...faults],
    unplug: hangUp,
  };
}
