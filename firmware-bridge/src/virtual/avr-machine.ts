import {
  adcConfig,
  AVRADC,
  AVRClock,
  AVREEPROM,
  avrInstruction,
  AVRIOPort,
  AVRSPI,
  AVRTimer,
  AVRTWI,
  AVRWatchdog,
  clockConfig,
  CPU,
  type EEPROMMemoryBackend,
  PinState,
  portBConfig,
  portCConfig,
  portDConfig,
  spiConfig,
  timer0Config,
  timer1Config,
  timer2Config,
  twiConfig,
  watchdogConfig,
} from "avr8js";
import type { ReportFault } from "./bus-faults.ts";
import { I2C_FASTEST_HERTZ, I2C_SHORTEST_LOW_SECONDS, type I2cBus } from "./i2c-bus.ts";
import { attachSelfProgramming } from "./self-programming.ts";
import { createUart, type SerialLine } from "./uart.ts";

/** Clock of an Uno or Nano [Hz]. */
export const CLOCK_HERTZ = 16_000_000;

/** Bits of MCUSR: why the processor starts. */
const resetCauses = { power: 0x01, external: 0x02, brownOut: 0x04, watchdog: 0x08 } as const;
export type ResetCause = keyof typeof resetCauses;

/** What a machine is wired to. */
type MachineWiring = {
  /** Pins that are listened to, by their Arduino name, with the level they have while the machine does not drive them. */
  readonly pins: ReadonlyMap<string, boolean>;
  readonly setPin: (pin: string, high: boolean) => void;
  /** A byte on the SPI bus ends; returns what came back. */
  readonly exchange: (mosi: number, hertz: number) => number;
  readonly i2c: I2cBus;
  readonly line: SerialLine;
  readonly report: ReportFault;
};

export type MachineOptions = {
  /** Program memory, 16,384 words; a bootloader writes to it. */
  readonly flash: Uint16Array;
  readonly eeprom: EEPROMMemoryBackend;
  readonly cause: ResetCause;
  /** Word address where it begins. */
  readonly startWord: number;
  readonly wiring: MachineWiring;
};

/** An ATmega328P from one reset to the next: a new reset is a new machine around the same flash and EEPROM. */
export interface AvrMachine {
  /** Since the reset. */
  cycles(): number;
  /** Runs until that many cycles since the reset, until `pause` is called, or until the watchdog resets it. */
  runUntil(cycles: number): void;
  /** Ends the present run after the present instruction. */
  pause(): void;
  /** The watchdog has fired: nothing runs any more. */
  isStopped(): boolean;
  /** The line has something to send again. */
  wakeLine(): void;
  /** Level that stands on a pin from outside; it counts while the pin is an input. */
  setInput(pin: string, high: boolean): void;
  /** Input A0–A7 of its own converter [V]. */
  setAnalogVolts(channel: number, volts: number): void;
}

const MCUSR = 0x54;
const SRAM_BYTES = 2048;
const I2C_BITS = 9;
/** By so many clocks the low phase of SCL is shorter than half its period (ATmega328P, two-wire serial bus requirements). */
const TWI_SHORT_CYCLES = 2;
const TWCR = 0xbc;
const TWEN = 0x04;
/** How often a START looks whether the bus is free [2 µs]. */
const WAITING_CYCLES = 32;

/** Arduino name of bit k of each port. */
function portPins(cpu: CPU): readonly { readonly port: AVRIOPort; readonly names: readonly string[] }[] {
  const names = (letter: string, first: number): string[] => Array.from({ length: 8 }, (_, k) => `${letter}${first + k}`);
  return [
    { port: new AVRIOPort(cpu, portBConfig), names: names("D", 8) },
    { port: new AVRIOPort(cpu, portCConfig), names: names("A", 0) },
    { port: new AVRIOPort(cpu, portDConfig), names: names("D", 0) },
  ];
}

/** @returns what tells a pin the level that stands on it from outside */
function attachPins(cpu: CPU, { pins, setPin }: MachineWiring): AvrMachine["setInput"] {
  const ports = portPins(cpu);
  for (const { port, names } of ports) {
    const watched = names.flatMap((name, bit) => {
      const idle = pins.get(name);
      return idle === undefined ? [] : [{ name, bit, idle }];
    });
    if (watched.length === 0) continue;
    const show = (): void => {
      for (const { name, bit, idle } of watched) {
        const state = port.pinState(bit);
        setPin(name, state === PinState.High || (state !== PinState.Low && idle));
      }
    };
    port.addListener(show);
    show();
  }
  return (pin, high) => {
    for (const { port, names } of ports) if (names.includes(pin)) port.setPin(names.indexOf(pin), high);
  };
}

function attachSpi(cpu: CPU, { exchange, report }: MachineWiring): void {
  const spi = new AVRSPI(cpu, spiConfig, CLOCK_HERTZ);
  const receive = (byte: number): void => spi.completeTransfer(exchange(byte, spi.spiFrequency));
  spi.onByte = (byte) => {
    if (spi.spiMode !== 0 && spi.spiMode !== 3) report(`SPI: mode ${spi.spiMode}, expected 0 or 3`);
    if (spi.dataOrder !== "msbFirst") report("SPI: lowest bit first, expected highest bit first");
    if (!spi.isMaster) report("SPI: slave mode, expected master");
    cpu.addClockEvent(() => receive(byte), spi.transferCycles);
  };
}

function attachI2c(cpu: CPU, { i2c, report }: MachineWiring): void {
  const twi = new AVRTWI(cpu, twiConfig, CLOCK_HERTZ);
  const after = (bits: number, action: () => void): void => {
    const hertz = twi.sclFrequency;
    if (hertz > I2C_FASTEST_HERTZ) report(`I2C: clock of ${Math.round(hertz / 1000)} kHz, limit ${I2C_FASTEST_HERTZ / 1000} kHz`);
    const low = 0.5 / hertz - TWI_SHORT_CYCLES / CLOCK_HERTZ;
    if (low < I2C_SHORTEST_LOW_SECONDS)
      report(`I2C: SCL low for ${(low * 1e6).toFixed(2)} µs, expected at least ${I2C_SHORTEST_LOW_SECONDS * 1e6} µs`);
    cpu.addClockEvent(action, Math.round((bits * CLOCK_HERTZ) / hertz));
  };
  /** A START waits for the bus; switching the peripheral off gives it up. */
  const start = (): void => {
    if (i2c.dataIsHigh()) {
      i2c.start();
      after(1, () => twi.completeStart());
    } else if (((cpu.data[TWCR] as number) & TWEN) === 0) {
      twi.completeStop();
    } else {
      cpu.addClockEvent(start, WAITING_CYCLES);
    }
  };
  twi.eventHandler = {
    start,
    stop: () =>
      after(1, () => {
        i2c.stop();
        twi.completeStop();
      }),
    connectToSlave: (address, isWrite) => after(I2C_BITS, () => twi.completeConnect(i2c.connect(address, !isWrite))),
    writeByte: (value) => after(I2C_BITS, () => twi.completeWrite(i2c.write(value))),
    readByte: () => after(I2C_BITS, () => twi.completeRead(i2c.read())),
  };
}

/** An avr8js processor with every peripheral of the ATmega328P, its pins and buses wired as given. */
export function createAvrMachine({ flash, eeprom, cause, startWord, wiring }: MachineOptions): AvrMachine {
  const cpu = new CPU(flash, SRAM_BYTES);
  let stopped = false;
  let end = 0;
  const setInput = attachPins(cpu, wiring);
  attachSpi(cpu, wiring);
  attachI2c(cpu, wiring);
  attachSelfProgramming(cpu);
  for (const config of [timer0Config, timer1Config, timer2Config]) void new AVRTimer(cpu, config);
  void new AVREEPROM(cpu, eeprom);
  const adc = new AVRADC(cpu, adcConfig);
  void new AVRWatchdog(cpu, watchdogConfig, new AVRClock(cpu, CLOCK_HERTZ, clockConfig));
  const uart = createUart(cpu, CLOCK_HERTZ, wiring.line, wiring.report);
  cpu.data[MCUSR] = resetCauses[cause];
  cpu.pc = startWord;
  // avr8js would go on with the registers as they are; a reset here is a new machine.
  cpu.reset = () => {
    stopped = true;
    end = 0;
  };
  return {
    cycles: () => cpu.cycles,
    runUntil: (cycles) => {
      end = stopped ? 0 : cycles;
      while (cpu.cycles < end) {
        avrInstruction(cpu);
        cpu.tick();
      }
    },
    pause: () => {
      end = 0;
    },
    isStopped: () => stopped,
    wakeLine: () => uart.wake(),
    setInput,
    setAnalogVolts: (channel, volts) => {
      adc.channelValues[channel] = volts;
    },
  };
}
