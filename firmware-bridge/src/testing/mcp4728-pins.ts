import { I2C_SHORTEST_LOW_SECONDS } from "../virtual/i2c-bus.ts";

/** An MCP4728 at the level of its pins, as far as its address goes (Microchip DS22187, sections 5.3, 5.4.4 and figures 5-6, 5-11). */
export interface Mcp4728Pins {
  /** What the master does to a line; SDA and SCL are high when it lets go of them. */
  setLine(line: "sda" | "scl" | "ldac", high: boolean): void;
  /** Whether the chip holds SDA down. */
  pulls(): boolean;
  /** Address bits of its register and of its EEPROM, which differ while a write is under way. */
  address(): { readonly used: number; readonly kept: number };
  powerCycle(): void;
}

/** Longest EEPROM write (DS22187, electrical characteristics) [s]. */
const EEPROM_SECONDS = 0.05;
/** Shortest high phase of SCL at 400 kHz (DS22187, I2C timing) [s]. */
const HIGH_SECONDS = 0.6e-6;

const GENERAL_CALL = 0x00;
const READ_ADDRESS = 0x0c;

/**
 * @param digit its address at the start: 0 is 0x60
 * @param seconds time of the board
 * @param report takes what is wrong with the clock
 */
export function createMcp4728Pins(digit: number, seconds: () => number, report: (fault: string) => void): Mcp4728Pins {
  let kept = digit;
  let used = digit;
  let writing: { readonly digit: number; readonly until: number } | undefined;
  const lines = { sda: true, scl: true, ldac: true };
  let clockChanged = Number.NEGATIVE_INFINITY;

  let bits = -1; // clocks since the start or the last acknowledgement, −1 outside of a transfer
  let shift = 0;
  let received: number[] = [];
  let isPulling = false;
  let sending: number | undefined; // byte that goes out
  // LDAC must be high until the eighth clock of the second byte has gone low, low when the ninth rises, and stay so.
  let wasHigh = false;
  let selected = false;
  let called = false; // a general call has asked the selected chip for its address: a restart may follow

  const settle = (): void => {
    if (writing === undefined || seconds() < writing.until) return;
    kept = writing.digit;
    writing = undefined;
  };
  /** Whether the byte that has just come in is acknowledged. */
  const acknowledge = (): boolean => {
    const [first = 0, second = 0, third = 0, fourth = 0] = received;
    if (received.length === 1) {
      if (called && selected && first >> 4 === 0b1100 && (first & 1) === 1) {
        sending = (kept << 5) | 0x10 | (used << 1);
        return true;
      }
      return first === GENERAL_CALL || first === (0x60 | used) << 1;
    }
    if (first === GENERAL_CALL) return received.length === 2 && second === READ_ADDRESS;
    if (received.length === 2) return second === (0x61 | (used << 2));
    if (received.length === 3) return selected && (third & 0xe3) === 0x62;
    return received.length === 4 && selected && fourth === (third | 1);
  };
  const begin = (): void => {
    called = received.length === 2 && received[0] === GENERAL_CALL && received[1] === READ_ADDRESS;
    if (!called) selected = false;
    [bits, shift, received, sending, isPulling] = [0, 0, [], undefined, false];
  };
  const end = (): void => {
    [bits, received, sending, isPulling, selected, called] = [-1, [], undefined, false, false, false];
  };
  const clockRises = (): void => {
    if (bits < 0) return;
    if (bits < 8) shift = ((shift << 1) | (lines.sda && !isPulling ? 1 : 0)) & 0xff;
    if (bits === 8 && received.length === 2) selected = wasHigh && !lines.ldac;
    bits += 1;
  };
  const write = (): void => {
    used = ((received[2] as number) >> 2) & 7;
    writing = { digit: used, until: seconds() + EEPROM_SECONDS };
  };
  const clockFalls = (): void => {
    if (bits < 0) return;
    if (bits === 8) {
      wasHigh = lines.ldac;
      if (sending !== undefined) isPulling = false; // the master's turn
      else {
        received.push(shift);
        isPulling = writing === undefined && acknowledge();
        if (!isPulling) bits = -1;
      }
      return;
    }
    if (bits === 9) {
      if (received.length === 4) write();
      bits = 0;
      isPulling = false;
    }
    if (sending !== undefined) isPulling = ((sending >> (7 - bits)) & 1) === 0;
  };
  return {
    setLine: (line, high) => {
      settle();
      if (lines[line] === high) return;
      lines[line] = high;
      if (line === "ldac") {
        if (high) selected = false;
      } else if (line === "sda") {
        if (lines.scl && high) end();
        else if (lines.scl) begin();
      } else {
        const lasted = seconds() - clockChanged;
        clockChanged = seconds();
        if (lasted < (high ? I2C_SHORTEST_LOW_SECONDS : HIGH_SECONDS))
          report(`SCL ${high ? "low" : "high"} for ${(lasted * 1e6).toFixed(2)} µs`);
        if (high) clockRises();
        else clockFalls();
      }
    },
    pulls: () => isPulling,
    address: () => {
      settle();
      return { used, kept };
    },
    powerCycle: () => {
      settle();
      writing = undefined;
      used = kept;
      end();
    },
  };
}
