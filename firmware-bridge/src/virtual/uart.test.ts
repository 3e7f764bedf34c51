import { CPU } from "avr8js";
import { describe, expect, it } from "vitest";
import { createUart } from "./uart.ts";

const UCSRA = 0xc0;
const UCSRB = 0xc1;
const UDR = 0xc6;
const RXC = 0x80;
const TXC = 0x40;
const UDRE = 0x20;
/** Cycles of a character at 1 Mbaud. */
const CHARACTER = 160;

/** A processor that does nothing, its UART at 1 Mbaud in both directions, and `bytes` waiting on the line. */
function create(bytes: readonly number[], baudRate = 1_000_000) {
  const cpu = new CPU(new Uint16Array(64), 2048);
  const faults: string[] = [];
  const waiting = [...bytes];
  const heard: { byte: number; cycle: number }[] = [];
  const uart = createUart(
    cpu,
    16e6,
    { baudRate, take: () => waiting.shift(), deliver: (byte) => void heard.push({ byte, cycle: cpu.cycles }) },
    (message) => faults.push(message),
  );
  cpu.writeData(UCSRA, 0x02);
  cpu.writeData(0xc4, 1); // UBRR with double speed: 1 Mbaud
  cpu.writeData(UCSRB, 0x18);
  const run = (cycles: number): void => {
    for (const end = cpu.cycles + cycles; cpu.cycles < end;) {
      cpu.cycles += 1;
      cpu.tick();
    }
  };
  const flag = (bit: number): boolean => (cpu.readData(UCSRA) & bit) !== 0;
  return { cpu, uart, run, flag, waiting, heard, faults };
}

describe("createUart()", () => {
  it("receives a byte every character time and keeps two and a third", () => {
    const { cpu, run, flag, faults } = create([1, 2, 3]);
    run(CHARACTER - 2);
    expect(flag(RXC)).toBe(false);
    run(4);
    expect(flag(RXC)).toBe(true);
    run(3 * CHARACTER);
    expect([cpu.readData(UDR), cpu.readData(UDR), cpu.readData(UDR)]).toEqual([1, 2, 3]);
    expect(flag(RXC)).toBe(false);
    expect(faults).toEqual([]);
  });

  it("overruns when nobody reads in time: flag, report, and the newest byte in the shift register", () => {
    const { cpu, run, flag, faults } = create([1, 2, 3, 4, 5]);
    run(6 * CHARACTER);
    expect(flag(0x08)).toBe(true);
    expect([cpu.readData(UDR), cpu.readData(UDR), cpu.readData(UDR)]).toEqual([1, 2, 5]);
    expect(flag(0x08)).toBe(false);
    expect(faults.length).toBe(2);
    expect(faults[0]).toBe("UART: receive overrun, the firmware reads too slowly");
  });

  it("keeps a received byte when UCSR0A and UCSR0B are written", () => {
    const { cpu, run, flag } = create([7]);
    run(2 * CHARACTER);
    cpu.writeData(UCSRB, 0x38);
    cpu.writeData(UCSRB, 0x18);
    cpu.writeData(UCSRA, 0x42);
    expect([flag(RXC), flag(UDRE)]).toEqual([true, true]);
    expect(cpu.readData(UDR)).toBe(7);
  });

  it("sends without a gap through its buffer, and reports a byte that finds it full", () => {
    const { cpu, run, flag, heard, faults } = create([]);
    cpu.writeData(UDR, 0x41);
    expect(flag(UDRE)).toBe(true);
    cpu.writeData(UDR, 0x42);
    expect(flag(UDRE)).toBe(false);
    cpu.writeData(UDR, 0x43);
    run(3 * CHARACTER);
    expect(heard.map(({ byte }) => byte)).toEqual([0x41, 0x42]);
    expect(heard[1]!.cycle - heard[0]!.cycle).toBe(CHARACTER);
    expect([flag(TXC), flag(UDRE)]).toEqual([true, true]);
    expect(faults).toEqual(["UART: a byte was written while the transmit buffer was full"]);
  });

  it("asks for its interrupts as long as their cause stands", () => {
    const { cpu, run } = create([9]);
    cpu.writeData(UCSRB, 0x98);
    cpu.data[95] = 0x80; // SREG: interrupts on
    run(CHARACTER + 2);
    expect(cpu.pc).toBe(0x24);
    cpu.pc = 0;
    cpu.data[95] = 0x80;
    run(2);
    expect(cpu.pc).toBe(0x24); // UDR was not read
    cpu.readData(UDR);
    cpu.pc = 0;
    cpu.data[95] = 0x80;
    run(2);
    expect(cpu.pc).toBe(0);
  });

  it("takes bytes that come later, and none while the receiver is off", () => {
    const { cpu, uart, run, flag, waiting } = create([]);
    run(CHARACTER);
    waiting.push(5);
    uart.wake();
    run(CHARACTER + 2);
    expect(cpu.readData(UDR)).toBe(5);
    cpu.writeData(UCSRB, 0x08);
    waiting.push(6);
    uart.wake();
    run(2 * CHARACTER);
    expect(flag(RXC)).toBe(false);
  });

  it("misreads a host at another rate, and says so", () => {
    const { cpu, run, flag, faults } = create([0x55], 500_000);
    run(3 * CHARACTER);
    expect(flag(0x10)).toBe(true);
    expect(cpu.readData(UDR)).toBe(0);
    expect(faults).toEqual(["UART: board at 1000000 baud, host at 500000"]);
    const near = create([0x55], 980_000);
    near.run(2 * CHARACTER);
    expect(near.cpu.readData(UDR)).toBe(0x55);
  });
});
