import { bytesOf, hexByte, type ReportFault } from "./bus-faults.ts";

/** Two digital potentiometers of 257 taps behind one chip select (Microchip DS22060). */
export interface Mcp4251 {
  /** Tap of a wiper, 0 (at terminal B) to 256. */
  position(wiper: 0 | 1): number;
  /** Whether terminals W and B of a potentiometer are connected (TCON). */
  isConnected(wiper: 0 | 1): boolean;
  /** Its supply goes and comes back. */
  powerCycle(): void;
  select(): void;
  /** One byte each way, while selected. */
  exchange(mosi: number): number;
  /**
   * The end of a frame. A shift register on the same two lines makes the chip see the byte that deselects it: with `strayByte` the
   * last byte was meant for that register. It acts on the chip as any other, but is no fault of its own.
   */
  deselect(strayByte?: boolean): void;
}

export const MCP4251_TAPS = 257;
/** Tap of both wipers after power came (DS22060, table 5-1: 8 bit devices). */
export const MCP4251_POWER_ON_TAP = 0x80;

const FULL_SCALE = 0x100;
const ALL_CONNECTED = 0x1ff;
const TCON = 0x4;
const STATUS = 0x5;
/** What the status register of a part without EEPROM reads: reserved bits only. */
const STATUS_VALUE = 0x1e0;
const WRITE = 0x0;
const INCREMENT = 0x4;
const DECREMENT = 0x8;
/** W and B of the first potentiometer in TCON; the second has them four bits further. */
const CONNECTED = 0b1011;
/** Six ones, then CMDERR low and nothing after it (DS22060 section 7.3). */
const REFUSED = 0xfc;

/** @param changed called when a wiper moved or was connected or disconnected */
export function createMcp4251(name: string, report: ReportFault, changed: () => void = () => {}): Mcp4251 {
  const wipers: [number, number] = [MCP4251_POWER_ON_TAP, MCP4251_POWER_ON_TAP];
  let terminals = ALL_CONNECTED;
  let bytes = 0;
  let first = -1; // first byte of a command of two, −1 between commands
  let wasInside = false; // whether the last byte was the second of a command
  let refused = false;
  let complaint: { readonly byte: number; readonly message: string } | undefined;

  const complain = (message: string): void => {
    complaint ??= { byte: bytes, message };
  };
  const refuse = (byte: number): number => {
    refused = true;
    complain(`command ${hexByte(byte)} refused: address ${byte >> 4} does not take it`);
    return REFUSED;
  };
  const read = (address: number): number => {
    if (address === TCON) return terminals;
    return address === STATUS ? STATUS_VALUE : (wipers[address] as number);
  };
  const write = (address: number, value: number): void => {
    if (address === TCON) terminals = value | 0x100;
    else wipers[address] = value;
    if (address !== TCON && value > FULL_SCALE) complain(`wiper ${address} set to ${value}, expected at most ${FULL_SCALE}`);
    changed();
  };
  const step = (address: number, by: 1 | -1): void => {
    const to = (wipers[address] as number) + by;
    if (to < 0 || to > FULL_SCALE) return;
    wipers[address] = to;
    changed();
  };
  const begin = (byte: number): number => {
    const address = byte >> 4;
    const command = byte & 0x0c;
    if (command === INCREMENT || command === DECREMENT) {
      if (address > 1) return refuse(byte);
      step(address, command === INCREMENT ? 1 : -1);
      return 0xff;
    }
    const known = address <= 1 || address === TCON || (address === STATUS && command !== WRITE);
    if (!known) return refuse(byte);
    first = byte;
    return command === WRITE ? 0xff : 0xfe | (read(address) >> 8);
  };

  return {
    position: (wiper) => Math.min(wipers[wiper], FULL_SCALE),
    isConnected: (wiper) => ((terminals >> (4 * wiper)) & CONNECTED) === CONNECTED,
    powerCycle: () => {
      wipers.fill(MCP4251_POWER_ON_TAP);
      terminals = ALL_CONNECTED;
      changed();
    },
    select: () => {
      bytes = 0;
      first = -1;
      wasInside = false;
      refused = false;
      complaint = undefined;
    },
    exchange: (mosi) => {
      bytes += 1;
      wasInside = first >= 0;
      if (refused) return 0;
      if (first < 0) return begin(mosi);
      const address = first >> 4;
      const isWrite = (first & 0x0c) === WRITE;
      const high = first & 1;
      first = -1;
      if (!isWrite) return read(address) & 0xff;
      write(address, (high << 8) | mosi);
      return 0xff;
    },
    deselect: (strayByte = false) => {
      const own = bytes - (strayByte ? 1 : 0);
      const endsInside = strayByte ? wasInside : first >= 0;
      if (complaint !== undefined && complaint.byte <= own) report(`${name} (MCP4251): ${complaint.message}`);
      else if (endsInside) report(`${name} (MCP4251): ${bytesOf(own)} in a frame, the last command is incomplete`);
      else if (own <= 0) report(`${name} (MCP4251): selected and released without a command`);
    },
  };
}
