import { describe, expect, it } from "vitest";
import { createI2cBus } from "./i2c-bus.ts";
import { createMcp4728 } from "./mcp4728.ts";

function create() {
  const faults: string[] = [];
  const report = (message: string): void => void faults.push(message);
  const chip = createMcp4728("U11", 5, report);
  const bus = createI2cBus(new Map([[0x60, chip]]), report);
  const send = (bytes: readonly number[], address = 0x60): boolean[] => {
    bus.start();
    const acknowledged = [bus.connect(address, false), ...bytes.map((byte) => bus.write(byte))];
    bus.stop();
    return acknowledged;
  };
  const volts = (): number[] => [0, 1, 2, 3].map((channel) => chip.output(channel).volts);
  return { chip, bus, send, volts, faults };
}

describe("createMcp4728()", () => {
  it("gives the voltages of the fast write example (DS22187 figure 7-5), references at the supply", () => {
    const { send, volts, faults } = create();
    send([0x80]);
    expect(send([0x0f, 0xff, 0x07, 0xff, 0x03, 0xff, 0x01, 0xff]).every(Boolean)).toBe(true);
    const lsb = 5 / 4096;
    expect(volts()).toEqual([5 - lsb, 2.5 - lsb, 1.25 - lsb, 0.625 - lsb]);
    expect(faults).toEqual([]);
  });

  it("gives the voltages of the sequential write example (figure 7-4), and complains of the EEPROM's wear", () => {
    const { send, volts, faults } = create();
    send([0x50, 0x08, 0x00, 0x0f, 0xff, 0x98, 0x00, 0x9f, 0xff]);
    expect(volts()).toEqual([2.5, 5 - 5 / 4096, 2.048, 4.095]);
    expect(faults).toEqual(["U11 (MCP4728): sequential write wears its EEPROM, expected fast write"]);
  });

  it("does not change the reference by fast write: an unprepared chip stays on the internal one", () => {
    const { send, volts } = create();
    send([0x08, 0x00]);
    expect(volts()[0]).toBeCloseTo(1.024, 12);
    send([0x80]);
    expect(volts()[0]).toBe(2.5);
    send([0x8f, 0xcf]); // internal again, gain 2
    expect(volts()[0]).toBeCloseTo(2.048, 12);
  });

  it("writes one channel by multi-write (figure 5-8) and powers channels down", () => {
    const { chip, send, volts } = create();
    send([0x44, 0x04, 0x00, 0x40, 0x08, 0x00]); // C, then A
    expect(volts()).toEqual([2.5, 0, 1.25, 0]);
    send([0xa4, 0x00]);
    expect(chip.output(0)).toEqual({ volts: 0, ohms: 1000, isDriven: false });
    expect(chip.output(2).ohms).toBe(1);
  });

  it("reads its registers back", () => {
    const { bus, send } = create();
    send([0x80]);
    send([0x01, 0x23]);
    bus.start();
    expect(bus.connect(0x60, true)).toBe(true);
    expect([bus.read(), bus.read(), bus.read()]).toEqual([0xc0, 0x01, 0x23]);
    bus.stop();
  });

  it("reports half a code, a command that is none, and an address where nobody is", () => {
    const { send, faults, volts } = create();
    send([0x80]);
    send([0x0f, 0xff, 0x0f]);
    expect(volts()[1]).toBe(0);
    send([0xe0]);
    expect(send([], 0x62)).toEqual([false]);
    expect(faults).toEqual([
      "U11 (MCP4728): 3 bytes after the address, the last code is incomplete",
      "U11 (MCP4728): command 0xe0 not understood",
      "I2C: nobody answers at address 0x62",
    ]);
  });
});
