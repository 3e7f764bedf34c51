/** A 74HC595: what comes in on its serial line goes to its eight outputs when its latch clock rises, if they are enabled. */
export interface ShiftRegister {
  /** Eight clocks: a byte, its highest bit first, so that its lowest ends at output 0. */
  shift(byte: number): void;
  setLatchClock(high: boolean): void;
  setOutputEnable(low: boolean): void;
  /** Levels of the outputs, bit k for output k; all 1, by their pull-ups, while they are not enabled. */
  outputs(): number;
}

/** What its latch holds when power comes is not defined; all selected at once is what a bench must survive. */
const POWER_ON_LATCH = 0x00;

export function createShiftRegister(): ShiftRegister {
  let shifted = 0;
  let latched = POWER_ON_LATCH;
  let clockIsHigh = false;
  let isEnabled = false;
  return {
    shift: (byte) => {
      shifted = byte & 0xff;
    },
    setLatchClock: (high) => {
      if (high && !clockIsHigh) latched = shifted;
      clockIsHigh = high;
    },
    setOutputEnable: (low) => {
      isEnabled = low;
    },
    outputs: () => (isEnabled ? latched : 0xff),
  };
}
