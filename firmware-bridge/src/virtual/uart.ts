import type { CPU } from "avr8js";
import type { ReportFault } from "./bus-faults.ts";

/** The serial line as the host's adapter sees it: it sends at its own rate and never waits for the board. */
export interface SerialLine {
  /** Bits per second of the host. */
  readonly baudRate: number;
  /** Next byte that the host has to send, if any. */
  take(): number | undefined;
  /** A byte of the board has reached the host. */
  deliver(byte: number): void;
}

/** USART0 of an ATmega328P in asynchronous mode, 8 bits. */
export interface Uart {
  /** The line has something to send again. */
  wake(): void;
}

const UCSRA = 0xc0;
const UCSRB = 0xc1;
const UCSRC = 0xc2;
const UBRRL = 0xc4;
const UBRRH = 0xc5;
const UDR = 0xc6;

const RXC = 0x80;
const TXC = 0x40;
const UDRE = 0x20;
const FRAME_ERROR = 0x10;
const OVERRUN = 0x08;
const DOUBLE_SPEED = 0x02;
const MULTIPROCESSOR = 0x01;
const RXEN = 0x10;
const TXEN = 0x08;
const EIGHT_BITS = 0x06;

/** Bits of a character with its start and stop bit. */
const BITS = 10;
/** Received characters that wait in the chip (DS40002061, section 19.7: two, and a third in the shift register). */
const FIFO_DEPTH = 2;
/** Ratio of the two rates beyond which a receiver misreads a character (DS40002061, table 19-2, 8 bits, rounded up). */
const RATE_MISMATCH = 0.045;

const interruptOf = (address: number, flag: number, isLevel: boolean) => ({
  address,
  flagRegister: UCSRA,
  flagMask: flag,
  enableRegister: UCSRB,
  enableMask: flag, // the enable bits stand where the flags stand
  constant: isLevel,
});

/**
 * Written on the hooks of the processor in place of avr8js's own, which loses a received byte when UCSR0B is written, clears flags
 * when UCSR0A is, knows no overrun and has no buffer in front of its transmitter.
 */
export function createUart(cpu: CPU, clockHertz: number, line: SerialLine, report: ReportFault): Uart {
  const received = interruptOf(0x24, RXC, true);
  const empty = interruptOf(0x26, UDRE, true);
  const transmitted = interruptOf(0x28, TXC, false);
  const { data } = cpu;
  const fifo: number[] = []; // characters with FRAME_ERROR << 8 where it came with them
  let inShiftRegister = -1;
  let overrun = false;
  let isReceiving = false;
  let shifting = -1;
  let waiting = -1;

  const ownBaudRate = (): number => {
    const divisor = (((data[UBRRH] as number) & 0x0f) << 8) | (data[UBRRL] as number);
    return clockHertz / (((data[UCSRA] as number) & DOUBLE_SPEED) === 0 ? 16 : 8) / (divisor + 1);
  };
  const isReadable = (): boolean => {
    if (Math.abs(ownBaudRate() / line.baudRate - 1) <= RATE_MISMATCH) return true;
    report(`UART: board at ${Math.round(ownBaudRate())} baud, host at ${line.baudRate}`);
    return false;
  };
  const has = (bit: number): boolean => ((data[UCSRB] as number) & bit) !== 0;
  const showReceived = (): void => {
    const error = ((fifo[0] ?? 0) >> 8) | (overrun ? OVERRUN : 0);
    data[UCSRA] = ((data[UCSRA] as number) & ~(FRAME_ERROR | OVERRUN)) | error;
    if (fifo.length > 0) cpu.setInterruptFlag(received);
    else cpu.clearInterrupt(received);
  };

  const receive = (): void => {
    const byte = line.take();
    isReceiving = byte !== undefined;
    if (byte === undefined) return;
    cpu.addClockEvent(
      () => {
        if (has(RXEN)) arrive(byte);
        receive();
      },
      Math.round((BITS * clockHertz) / line.baudRate),
    );
  };
  const arrive = (byte: number): void => {
    const character = isReadable() ? byte : FRAME_ERROR << 8;
    if (fifo.length < FIFO_DEPTH) fifo.push(character);
    else {
      if (inShiftRegister >= 0) {
        overrun = true;
        report("UART: receive overrun, the firmware reads too slowly");
      }
      inShiftRegister = character;
    }
    showReceived();
  };

  const transmit = (byte: number): void => {
    shifting = byte;
    cpu.addClockEvent(
      () => {
        line.deliver(isReadable() ? shifting : 0xff);
        shifting = -1;
        if (waiting < 0) {
          cpu.setInterruptFlag(transmitted);
          return;
        }
        const next = waiting;
        waiting = -1;
        transmit(next);
        cpu.setInterruptFlag(empty);
      },
      Math.round((BITS * clockHertz) / ownBaudRate()),
    );
  };

  data[UCSRA] = UDRE;
  data[UCSRC] = EIGHT_BITS;
  cpu.writeHooks[UCSRA] = (value) => {
    data[UCSRA] = ((data[UCSRA] as number) & ~(DOUBLE_SPEED | MULTIPROCESSOR)) | (value & (DOUBLE_SPEED | MULTIPROCESSOR));
    cpu.clearInterruptByFlag(transmitted, value);
    return true;
  };
  cpu.writeHooks[UCSRB] = (value) => {
    data[UCSRB] = value;
    if ((value & RXEN) === 0) {
      fifo.length = 0;
      inShiftRegister = -1;
      overrun = false;
      showReceived();
    }
    for (const interrupt of [received, empty, transmitted]) cpu.updateInterruptEnable(interrupt, value);
    return true;
  };
  cpu.writeHooks[UCSRC] = (value) => {
    data[UCSRC] = value;
    if ((value & ~0x01) !== EIGHT_BITS) report(`UART: UCSR0C is 0x${value.toString(16)}, expected 8N1 (0x6)`);
    return true;
  };
  cpu.readHooks[UDR] = () => {
    const character = fifo.shift() ?? 0;
    if (inShiftRegister >= 0) {
      fifo.push(inShiftRegister);
      inShiftRegister = -1;
    }
    overrun = false;
    showReceived();
    return character & 0xff;
  };
  cpu.writeHooks[UDR] = (value) => {
    if (!has(TXEN)) return true;
    if (shifting < 0) transmit(value);
    else if (waiting < 0) {
      waiting = value;
      cpu.clearInterrupt(empty);
    } else report("UART: a byte was written while the transmit buffer was full");
    return true;
  };

  const wake = (): void => {
    if (!isReceiving) receive();
  };
  wake();
  return { wake };
}
