import { parseHex } from "./hex.ts";

/** Where a wiper stands after its chip got power. */
const MIDDLE = 0x80;

/** What a refusal or an event of the board says, in words where it is about its bench (docs/board.md); else as it came. */
export function refusalText(code: string, detail: string): string {
  const [number, expected, found] = detail.split(" ").map(parseHex);
  if (number !== undefined && code === "CHIP") {
    const wiper = `wiper ${number % 2} of potentiometer chip ${Math.floor(number / 2) + 1} (edge ${number})`;
    if (found === undefined) return `${wiper} does not answer`;
    const guess = found === MIDDLE ? "; did the chip lose its power?" : "";
    return `${wiper} stands at ${found}, expected ${expected}${guess}`;
  }
  if (number !== undefined && code === "DAC") return `DAC ${number} does not acknowledge`;
  return detail === "" ? code : `${code}, ${detail}`;
}
