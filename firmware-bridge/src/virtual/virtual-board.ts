import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { bench16Build } from "@ohmwork/bench-16";
import { EEPROMMemoryBackend } from "avr8js";
import { type ByteQueue, createByteQueue } from "../link/byte-queue.ts";
import { type AvrMachine, CLOCK_HERTZ, createAvrMachine, type ResetCause } from "./avr-machine.ts";
import { type Bench, type ChipSeconds, createBench } from "./bench.ts";
import { type BusFault, createFaultLog, type ReportFault } from "./bus-faults.ts";
import { firmwareHex } from "./firmware-hex.ts";
import { type BoardImperfections, type BoardOffsets, typicalBench } from "./imperfections.ts";
import { parseIntelHex } from "./intel-hex.ts";
import { wiringOf } from "./wiring.ts";
import { applyWiringFaults, type WiringFault } from "./wiring-fault.ts";

export type VirtualBoardOptions = {
  /** Program in Intel HEX. @default the firmware of this package */
  readonly hex?: string;
  /** A second program beside it, which a reset begins with, such as a bootloader. */
  readonly bootloader?: string;
  /** Of the parts' tolerances and of noise. @default 0 */
  readonly seed?: number;
  /** @default typicalBench */
  readonly imperfections?: BoardImperfections;
  /** @default drawn as `imperfections` says */
  readonly offsets?: BoardOffsets;
  /** @default none */
  readonly faults?: readonly WiringFault[];
  /** Bits per second of the host's side of the line. @default 1,000,000 */
  readonly baudRate?: number;
};

/** Where the time of a board goes, as a logic analyser shows it. */
export type BusSeconds = ChipSeconds & { readonly receive: number; readonly transmit: number };

/**
 * An emulated ATmega328P wired to models of the chips of bench-16 and the solved circuit behind them. Time stands still until `start`
 * or `runFor`. The same seed and the same bytes at the same board times give the same bytes back.
 */
export interface VirtualBoard extends AsyncDisposable {
  /** Program memory, 32,768 bytes, as the processor finds it: a bootloader writes to it, and so may a test. */
  readonly flash: Uint8Array;
  /** Bytes of the host, which go out on the line one after the other at its rate, whether the board keeps up or not. */
  write(bytes: Uint8Array): void;
  /** Opens the host's side anew at another rate [bits per second]: a bootloader has its own. */
  setBaudRate(baudRate: number): void;
  /** Bytes of the board from now on, for one reader: ends when another one listens, on `hangUp` and when the board is disposed of. */
  listen(): AsyncIterable<Uint8Array>;
  /** Ends the stream of the present reader; what the board sends without a reader is lost, as on a port that nobody has opened. */
  hangUp(): void;
  /**
   * Lets it run in the background, giving up the event loop after each answer and each millisecond of board time: as fast as it can
   * while there is traffic, and no faster than the wall clock after 50 ms of silence. Harmless when it runs.
   */
  start(): void;
  /** Time stands still again. */
  stop(): Promise<void>;
  /** Runs that many seconds of board time at once. @throws TypeError while it runs in the background */
  runFor(seconds: number): void;
  /** Time of the board since it was made, over all resets [s]. */
  boardSeconds(): number;
  /** What a DTR pulse does: the processor starts again; the chips stay powered and keep what they hold. */
  readonly reset: () => void;
  /** Everything loses power and gets it back; flash and EEPROM stay. */
  readonly powerCycle: () => void;
  /** One chip of potentiometers, such as `U4`, loses power and gets it back. @throws RangeError when there is no such chip */
  powerCyclePot(ref: string): void;
  /** A DAC pulls SDA down until so many clocks have come, as one does that a reset caught in a byte. */
  holdData(clocks: number): void;
  /** Wrong bus use so far, as a logic analyser shows it. */
  faultsSeen(): readonly BusFault[];
  /** Present voltage of a node, as a perfect voltmeter shows it [V]. @throws RangeError when there is no such node */
  nodeVolts(node: string): number;
  /** Taps of all edges, in the order of the netlist. */
  taps(): readonly number[];
  /** How long the chips of a kind were selected or addressed since power came, and the line carried bytes in all [s]. */
  busSeconds(): BusSeconds;
}

const EEPROM_BYTES = 1024;
const SLICE_CYCLES = CLOCK_HERTZ / 1000;
/** Silence on the line after which the board no longer runs ahead of the wall clock. */
const TRAFFIC_CYCLES = CLOCK_HERTZ / 20;
const LONGEST_NAP_MS = 5;
const LINE_FEED = 0x0a;
/** Bits of a byte on the line. */
const BITS = 10;

/** @throws BadInputError when the hex is not one; RangeError when a wiring fault names what is not there */
export function createVirtualBoard(options: VirtualBoardOptions = {}): VirtualBoard {
  const { hex = firmwareHex(), bootloader, seed = 0, imperfections = typicalBench, faults = [], baudRate = 1_000_000 } = options;
  const wired = applyWiringFaults(wiringOf(bench16Build), faults);
  const { bytes } = parseIntelHex(hex);
  const boot = bootloader === undefined ? undefined : parseIntelHex(bootloader, "bootloader");
  if (boot !== undefined) bytes.set(boot.bytes.subarray(boot.start, boot.end), boot.start);
  const flash = new Uint16Array(bytes.buffer);
  const eeprom = new EEPROMMemoryBackend(EEPROM_BYTES);

  let machine: AvrMachine | undefined;
  let earlierCycles = 0; // of machines before the present one
  let trafficUntil = TRAFFIC_CYCLES;
  const totalCycles = (): number => earlierCycles + (machine?.cycles() ?? 0);
  const now = (): number => totalCycles() / CLOCK_HERTZ;
  const log = createFaultLog(now);
  let isResetting = false;
  const report: ReportFault = (message) => {
    if (!isResetting) log.report(message); // what a reset cuts short, on either bus, is no fault of the program
  };
  const { offsets } = options;
  const powerUp = (): Bench =>
    createBench({ bench: wired, imperfections, ...(offsets !== undefined && { offsets }), seed, report, now });
  let bench = powerUp();

  let reader: ByteQueue | undefined;
  let fresh: number[] = []; // bytes of the present slice
  const hangUp = (): void => {
    reader?.end();
    reader = undefined;
    fresh = [];
  };
  let toSend: number[] = [];
  let sent = 0;
  const noteTraffic = (): void => {
    trafficUntil = totalCycles() + TRAFFIC_CYCLES;
  };
  const lineSeconds = { receive: 0, transmit: 0 };
  const line = {
    baudRate,
    take: () => {
      if (sent < toSend.length) {
        lineSeconds.receive += BITS / line.baudRate;
        sent += 1;
        return toSend[sent - 1];
      }
      toSend = [];
      sent = 0;
      return undefined;
    },
    deliver: (byte: number) => {
      lineSeconds.transmit += BITS / line.baudRate;
      if (reader !== undefined) fresh.push(byte);
      noteTraffic();
      if (byte === LINE_FEED && running !== undefined) machine?.pause();
    },
  };
  const begin = (cause: ResetCause): AvrMachine => {
    earlierCycles = totalCycles();
    machine = undefined; // the time of the wires must not count the old one twice
    const { pins, setPin, exchange, i2c, dataPin } = bench;
    const wiring = { pins, setPin, exchange, i2c, line, report };
    isResetting = true;
    i2c.stop();
    const next = createAvrMachine({ flash, eeprom, cause, startWord: (boot?.start ?? 0) >> 1, wiring });
    isResetting = false;
    i2c.watchData((high) => next.setInput(dataPin, high));
    next.setInput(dataPin, i2c.dataIsHigh());
    machine = next;
    return next;
  };
  let present = begin("power");

  const runTo = (cycles: number): void => {
    present.runUntil(cycles - earlierCycles);
    if (present.isStopped()) present = begin("watchdog");
    if (fresh.length === 0) return;
    reader?.push(Uint8Array.from(fresh));
    fresh = [];
  };

  let running: Promise<void> | undefined;
  let ending = new AbortController();
  let rouse: AbortController | undefined; // while it naps
  /** As fast as it goes while there is traffic; after that, board time follows the wall clock. */
  const runInBackground = async (): Promise<void> => {
    let idleSince: { readonly wall: number; readonly cycles: number } | undefined;
    while (!ending.signal.aborted) {
      runTo(totalCycles() + SLICE_CYCLES);
      await nextTurn();
      if (sent < toSend.length || totalCycles() < trafficUntil) {
        idleSince = undefined;
        continue;
      }
      idleSince ??= { wall: performance.now(), cycles: totalCycles() };
      const ahead = ((totalCycles() - idleSince.cycles) / CLOCK_HERTZ) * 1000 - (performance.now() - idleSince.wall);
      if (ahead <= 0) continue;
      rouse = new AbortController();
      await sleep(Math.min(LONGEST_NAP_MS, ahead), undefined, { signal: rouse.signal }).catch(() => {}); // the host has written
      rouse = undefined;
    }
  };
  const stop = async (): Promise<void> => {
    ending.abort();
    rouse?.abort();
    await running;
    running = undefined;
    ending = new AbortController();
  };

  return {
    flash: bytes,
    setBaudRate: (rate) => {
      line.baudRate = rate;
    },
    listen: () => {
      hangUp();
      reader = createByteQueue();
      return reader.source;
    },
    hangUp,
    write: (chunk) => {
      for (const byte of chunk) toSend.push(byte);
      noteTraffic();
      present.wakeLine();
      rouse?.abort();
    },
    start: () => {
      running ??= runInBackground();
    },
    stop,
    runFor: (seconds) => {
      if (running !== undefined) throw new TypeError("Virtual board runs in the background: stop it before runFor()");
      const end = totalCycles() + Math.round(seconds * CLOCK_HERTZ);
      while (totalCycles() < end) runTo(end);
    },
    boardSeconds: now,
    reset: () => {
      present = begin("external");
    },
    powerCycle: () => {
      earlierCycles = totalCycles();
      machine = undefined;
      bench = powerUp();
      present = begin("power");
    },
    powerCyclePot: (ref) => bench.powerCyclePot(ref),
    holdData: (clocks) => bench.i2c.holdData(clocks),
    faultsSeen: () => log.list(),
    nodeVolts: (node) => {
      const index = wired.wiring.nodes.indexOf(node);
      if (index < 0) throw new RangeError(`Unknown node "${node}", expected one of ${wired.wiring.nodes.join(", ")}`);
      return bench.volts(index);
    },
    taps: () => wired.wiring.edges.map((_, edge) => bench.position(edge)),
    busSeconds: () => ({ ...bench.chipSeconds(), ...lineSeconds }),
    [Symbol.asyncDispose]: async () => {
      await stop();
      hangUp();
    },
  };
}
