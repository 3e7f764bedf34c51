import { EEPROMMemoryBackend } from "avr8js";
import { describe, expect, it } from "vitest";
import { type AvrMachine, createAvrMachine } from "./avr-machine.ts";
import { createI2cBus } from "./i2c-bus.ts";

const SPM = 0x95e8;
const HALT = 0xcfff; // rjmp .-2
const ldi = (register: number, value: number): number => 0xe000 | ((value & 0xf0) << 4) | ((register - 16) << 4) | (value & 0x0f);
const out = (io: number, register: number): number => 0xb800 | ((io & 0x30) << 5) | (register << 4) | (io & 0x0f);
const mov = (to: number, from: number): number => 0x2c00 | ((from & 0x10) << 5) | (to << 4) | (from & 0x0f);
const sts = (address: number, register: number): number[] => [0x9200 | (register << 4), address];

function create(program: readonly number[], cause: "power" | "external" = "power") {
  const flash = new Uint16Array(16_384).fill(0xffff);
  flash.set(program);
  const faults: string[] = [];
  const levels = new Map<string, boolean>();
  const eeprom = new EEPROMMemoryBackend(1024);
  const report = (message: string): void => void faults.push(message);
  const machine: AvrMachine = createAvrMachine({
    flash,
    eeprom,
    cause,
    startWord: 0,
    wiring: {
      pins: new Map([
        ["D6", false],
        ["D7", true],
      ]),
      setPin: (pin, high) => void levels.set(pin, high),
      exchange: (mosi) => mosi ^ 0xff,
      i2c: createI2cBus(new Map(), report),
      line: { baudRate: 1e6, take: () => undefined, deliver: () => {} },
      report,
    },
  });
  return { machine, flash, faults, levels };
}

describe("createAvrMachine()", () => {
  it("leaves its pins to their resistors until the program drives them", () => {
    const { machine, levels } = create([
      ldi(24, 0xc0),
      out(0x0b, 24),
      ldi(25, 0xc0),
      out(0x0a, 25),
      ldi(24, 0x40),
      out(0x0b, 24),
      HALT,
    ]);
    expect([...levels]).toEqual([
      ["D6", false],
      ["D7", true],
    ]);
    machine.runUntil(4);
    expect(levels.get("D6")).toBe(true);
    machine.runUntil(20);
    expect([...levels]).toEqual([
      ["D6", true],
      ["D7", false],
    ]);
  });

  it("programs a page of its own flash by SPM", () => {
    const { machine, flash } = create([
      ldi(30, 0x00),
      ldi(31, 0x01),
      ldi(24, 0x34),
      mov(0, 24),
      ldi(24, 0x12),
      mov(1, 24),
      ...[1, 3, 5].flatMap((command) => [ldi(24, command), out(0x37, 24), SPM]),
      HALT,
    ]);
    machine.runUntil(100);
    expect([...flash.subarray(0x80, 0x82)]).toEqual([0x1234, 0xffff]);
  });

  it("stops for good when its watchdog fires", () => {
    const { machine } = create([ldi(24, 0x18), ...sts(0x60, 24), ldi(24, 0x08), ...sts(0x60, 24), HALT]);
    machine.runUntil(16e6 * 0.015);
    expect(machine.isStopped()).toBe(false);
    machine.runUntil(16e6 * 0.02);
    expect(machine.isStopped()).toBe(true);
    const stopped = machine.cycles();
    machine.runUntil(16e6);
    expect(machine.cycles()).toBe(stopped);
  });

  it("reports an SPI mode that no chip of the bench takes and an I2C clock that is too fast", () => {
    const { machine, faults } = create([ldi(24, 0x54), out(0x2c, 24), out(0x2e, 24), ldi(24, 0xa4), ...sts(0xbc, 24), HALT]);
    machine.runUntil(500);
    expect(faults).toEqual([
      "SPI: mode 2, expected 0 or 3",
      "I2C: clock of 1000 kHz, limit 400 kHz",
      "I2C: SCL low for 0.38 µs, expected at least 1.3 µs",
    ]);
  });
});
