import { bytesOf, hexByte, type ReportFault } from "./bus-faults.ts";
import type { I2cDevice } from "./i2c-bus.ts";

/** Output of one channel: a voltage behind a resistance; powered down it is the resistance alone, to ground. */
type DacOutput = { readonly volts: number; readonly ohms: number; readonly isDriven: boolean };

/** A converter of four channels of 12 bits on I2C (Microchip DS22187), its /LDAC at ground, so that outputs follow at once. */
export interface Mcp4728 extends I2cDevice {
  /** Channel 0 (A) to 3 (D). */
  output(channel: number): DacOutput;
}

const INTERNAL_REFERENCE_VOLTS = 2.048;
/** Output resistance at DC (DS22187, electrical characteristics). */
const OUTPUT_OHMS = 1;
/** Load to ground of a channel that is powered down, by its two bits (DS22187, table 4-7). */
const POWER_DOWN_OHMS = [OUTPUT_OHMS, 1_000, 100_000, 500_000] as const;

type Channel = { code: number; internal: boolean; double: boolean; powerDown: number };

/** What a transfer is, by its first byte. */
type Transfer = "fast" | "multi" | "sequential" | "single" | "power-down" | "none";

/** @param changed called when an output changed */
export function createMcp4728(name: string, supplyVolts: number, report: ReportFault, changed: () => void = () => {}): Mcp4728 {
  // What its EEPROM makes of it is unknown in general: the internal reference is the choice a firmware must not rely on.
  const channels = Array.from({ length: 4 }, (): Channel => ({ code: 0, internal: true, double: false, powerDown: 0 }));
  let transfer: Transfer = "none";
  let bytes = 0; // of the transfer, after the address
  let at = 0; // channel that the next pair of bytes is for
  let high = -1; // first byte of a pair, −1 where none is open
  let readIndex = 0;

  const channelAt = (index: number): Channel => channels[index & 3] as Channel;
  const complain = (message: string): void => report(`${name} (MCP4728): ${message}`);
  const begin = (byte: number): void => {
    at = (byte >> 1) & 3;
    high = -1;
    if (byte >> 6 === 0) {
      transfer = "fast";
      at = 0;
      high = byte;
      return;
    }
    switch (byte >> 3) {
      case 0b01000:
        transfer = "multi";
        return;
      case 0b01010:
        transfer = "sequential";
        complain("sequential write wears its EEPROM, expected fast write");
        return;
      case 0b01011:
        transfer = "single";
        complain("single write wears its EEPROM, expected fast write");
        return;
      default:
    }
    transfer = "none";
    const bitOf = (index: number): boolean => ((byte >> (3 - index)) & 1) === 1;
    if (byte >> 5 === 0b100) for (const [index, channel] of channels.entries()) channel.internal = bitOf(index);
    else if (byte >> 5 === 0b110) for (const [index, channel] of channels.entries()) channel.double = bitOf(index);
    else if (byte >> 5 === 0b101) {
      transfer = "power-down";
      channelAt(0).powerDown = (byte >> 2) & 3;
      channelAt(1).powerDown = byte & 3;
    } else complain(`command ${hexByte(byte)} not understood`);
    changed();
  };
  const continueTransfer = (byte: number): void => {
    if (transfer === "power-down") {
      channelAt(2).powerDown = byte >> 6;
      channelAt(3).powerDown = (byte >> 4) & 3;
      transfer = "none";
      changed();
      return;
    }
    if (high < 0) {
      high = byte;
      return;
    }
    const channel = channelAt(at);
    channel.code = ((high & 0x0f) << 8) | byte;
    if (transfer === "fast") channel.powerDown = (high >> 4) & 3;
    else {
      channel.internal = high >> 7 === 1;
      channel.powerDown = (high >> 5) & 3;
      channel.double = ((high >> 4) & 1) === 1;
    }
    high = -1;
    if (transfer === "multi") transfer = "none"; // the next byte names the next channel
    at += 1;
    changed();
  };

  return {
    output: (index) => {
      const { code, internal, double, powerDown } = channelAt(index);
      const ohms = POWER_DOWN_OHMS[powerDown] as number;
      if (powerDown !== 0) return { volts: 0, ohms, isDriven: false };
      const full = internal ? INTERNAL_REFERENCE_VOLTS * (double ? 2 : 1) : supplyVolts;
      return { volts: Math.min(supplyVolts, (code / 4096) * full), ohms, isDriven: true };
    },
    start: () => {
      transfer = "none";
      bytes = 0;
      high = -1;
      readIndex = 0;
      return true;
    },
    write: (byte) => {
      bytes += 1;
      if (transfer === "none") begin(byte);
      else continueTransfer(byte);
      return true;
    },
    read: () => {
      // Six bytes a channel: the input register, then the EEPROM, which nobody wrote (DS22187, figure 5-15).
      const channel = Math.floor(readIndex / 6) & 3;
      const inEeprom = readIndex % 6 >= 3;
      const part = readIndex % 3;
      readIndex += 1;
      if (part === 0) return 0xc0 | (channel << 4);
      const { code, internal, double, powerDown } = inEeprom
        ? { code: 0, internal: true, double: false, powerDown: 0 }
        : channelAt(channel);
      return part === 2 ? code & 0xff : (internal ? 0x80 : 0) | (powerDown << 5) | (double ? 0x10 : 0) | (code >> 8);
    },
    stop: () => {
      if (high >= 0) complain(`${bytesOf(bytes)} after the address, the last code is incomplete`);
      high = -1;
      transfer = "none";
    },
  };
}
