import type { Sample } from "./analog.ts";
import { bytesOf, type ReportFault } from "./bus-faults.ts";

/** A converter of 12 bits and 8 channels (Microchip DS21298). */
export interface Mcp3208 {
  select(): void;
  /** One byte each way, while selected, which ends at `seconds` of a clock of so many seconds a bit. */
  exchange(mosi: number, seconds: number, bitSeconds: number): number;
  deselect(): void;
}

/** Highest clock at 5 V [Hz] (DS21298, section 1.0). */
export const MCP3208_FASTEST_HERTZ = 2_000_000;

const BYTES_OF_A_FRAME = 3;
/** Clocks from the start bit, which is the first: four bits of configuration, one to sample, one null bit, twelve bits. */
const SAMPLE_CLOCK = 6;
const NULL_CLOCK = 7;
const LAST_CLOCK = 19;
/** After the bits from high to low, they come again from low to high, B1 first (figure 5-2). */
const LAST_REVERSED_CLOCK = 30;

/** @param convert code 0–4095 of a channel, minus `reference` where that is given (pseudo-differential pair) */
export function createMcp3208(name: string, report: ReportFault, convert: (sample: Sample) => number): Mcp3208 {
  let bytes = 0;
  let clock = 0; // 0 until the start bit
  let configuration = 0;
  let code = 0;
  let joined = 0; // when the channel was known, and the sampling switch closed

  const sample = (to: number): void => {
    const channel = configuration & 7;
    if ((configuration & 8) !== 0) {
      code = convert({ channel, from: joined, to });
      return;
    }
    report(`${name} (MCP3208): differential conversion of channel ${channel}, expected single-ended`);
    code = convert({ channel, reference: channel ^ 1, from: joined, to });
  };
  /** What the output carries in the present clock; before the null bit it floats, and the pull-up makes it 1. */
  const output = (): number => {
    if (clock < NULL_CLOCK) return 1;
    if (clock === NULL_CLOCK || clock > LAST_REVERSED_CLOCK) return 0;
    return (code >> (clock <= LAST_CLOCK ? LAST_CLOCK - clock : clock - LAST_CLOCK)) & 1;
  };

  return {
    select: () => {
      bytes = 0;
      clock = 0;
      configuration = 0;
    },
    exchange: (mosi, seconds, bitSeconds) => {
      bytes += 1;
      let miso = 0;
      for (let bit = 7; bit >= 0; bit -= 1) {
        const high = (mosi >> bit) & 1;
        if (clock > 0 || high === 1) clock += 1;
        if (clock > 1 && clock < SAMPLE_CLOCK) configuration = (configuration << 1) | high;
        if (clock === SAMPLE_CLOCK - 1) joined = seconds - (bit + 1) * bitSeconds; // its rising edge
        if (clock === SAMPLE_CLOCK) sample(seconds - (bit + 0.5) * bitSeconds); // the falling edge of this clock ends the sample
        miso = (miso << 1) | output();
      }
      return miso;
    },
    deselect: () => {
      if (bytes === 0) report(`${name} (MCP3208): selected and released without a byte`);
      else if (clock === 0) report(`${name} (MCP3208): no start bit in a frame of ${bytesOf(bytes)}`);
      else if (clock < LAST_CLOCK || bytes > BYTES_OF_A_FRAME)
        report(`${name} (MCP3208): ${bytesOf(bytes)} in a frame, expected ${BYTES_OF_A_FRAME}`);
    },
  };
}
