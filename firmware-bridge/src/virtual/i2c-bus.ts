import type { ReportFault } from "./bus-faults.ts";

/** A chip on an I2C bus. */
export interface I2cDevice {
  /** Addressed for reading or writing; true acknowledges. */
  start(isRead: boolean): boolean;
  /** One byte to the chip; true acknowledges. */
  write(byte: number): boolean;
  read(): number;
  stop(): void;
}

/** The bus as its one master sees it. */
export interface I2cBus {
  start(): void;
  stop(): void;
  /** Whether a chip acknowledged its address. */
  connect(address: number, isRead: boolean): boolean;
  write(byte: number): boolean;
  read(): number;
  /** Between START and STOP. */
  isBusy(): boolean;
  /** A chip pulls SDA down until so many clocks have come, as one does that was cut short: nobody can begin anything. */
  holdData(clocks: number): void;
  /** Level of SDA while the master lets it go. */
  dataIsHigh(): boolean;
  /** A clock that the master makes by hand. */
  clock(): void;
  /** Calls when SDA changes; only the last handler is called. */
  watchData(handler: (high: boolean) => void): void;
}

/** Highest clock of fast mode [Hz], and its shortest low phase [s] (NXP UM10204, table 10). */
export const I2C_FASTEST_HERTZ = 400_000;
export const I2C_SHORTEST_LOW_SECONDS = 1.3e-6;

/** What a line with a pull-up reads when no chip drives it. */
const FLOATING = 0xff;

export function createI2cBus(devices: ReadonlyMap<number, I2cDevice>, report: ReportFault): I2cBus {
  let device: I2cDevice | undefined;
  let busy = false;
  let heldClocks = 0;
  let tellData: (high: boolean) => void = () => {};
  const release = (): void => {
    device?.stop();
    device = undefined;
  };
  return {
    start: () => {
      release();
      busy = true;
    },
    stop: () => {
      release();
      busy = false;
    },
    connect: (address, isRead) => {
      device = devices.get(address);
      if (device === undefined) report(`I2C: nobody answers at address 0x${address.toString(16)}`);
      return device?.start(isRead) ?? false;
    },
    write: (byte) => device?.write(byte) ?? false,
    read: () => device?.read() ?? FLOATING,
    isBusy: () => busy,
    holdData: (clocks) => {
      heldClocks = clocks;
      tellData(heldClocks === 0);
    },
    dataIsHigh: () => heldClocks === 0,
    clock: () => {
      if (heldClocks === 0) return;
      heldClocks -= 1;
      if (heldClocks === 0) tellData(true);
    },
    watchData: (handler) => {
      tellData = handler;
    },
  };
}
