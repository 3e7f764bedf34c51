import { readFileSync } from "node:fs";

/** The same path from `src/virtual` and from `dist/virtual`. */
const committed = new URL("../../firmware/ohmwork.hex", import.meta.url);

/** The firmware as it is kept in the package, in Intel HEX. */
export function firmwareHex(): string {
  return readFileSync(committed, "utf8");
}
