import type { CPU } from "avr8js";

const SPMCSR = 0x57;
const SPM = 0x95e8;
const PAGE_WORDS = 64;
const FILL = 0x01;
const ERASE = 0x03;
const WRITE = 0x05;
const CLEAR = 0x11;

/**
 * Gives SPM its effect, which avr8js leaves out: a bootloader writes SPMCSR and the instruction follows at once, so what it will do
 * is done where SPMCSR is written. Erasing and writing take no time.
 */
export function attachSelfProgramming(cpu: CPU): void {
  const buffer = new Uint16Array(PAGE_WORDS).fill(0xffff);
  cpu.writeHooks[SPMCSR] = (value) => {
    const { progMem, pc, dataView } = cpu;
    if (progMem[pc + 1] !== SPM && progMem[pc + 2] !== SPM) return true; // after OUT, after STS
    const word = dataView.getUint16(30, true) >> 1; // Z
    const page = word & ~(PAGE_WORDS - 1);
    switch (value & 0x1f) {
      case FILL:
        buffer[word % PAGE_WORDS] = dataView.getUint16(0, true);
        break;
      case ERASE:
        progMem.fill(0xffff, page, page + PAGE_WORDS);
        break;
      case WRITE:
        for (let k = 0; k < PAGE_WORDS; k += 1) progMem[page + k] = (progMem[page + k] as number) & (buffer[k] as number);
        buffer.fill(0xffff);
        break;
      case CLEAR:
        buffer.fill(0xffff);
        break;
      default:
    }
    return true; // reads as done
  };
}
