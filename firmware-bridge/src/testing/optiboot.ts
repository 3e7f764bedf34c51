import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasPrograms, runProgram } from "./firmware-tools.ts";

const folderOfSource = "/usr/share/arduino/hardware/arduino/avr/bootloaders/optiboot";
const source = join(folderOfSource, "optiboot.c");

/** Whether tests that flash through optiboot can run here; says so when not. With OHMWORK_REQUIRE_ALL=1 they have to. */
export function canBuildOptiboot(what: string): boolean {
  if (!hasPrograms(what, ["avr-gcc", "avr-objcopy"])) return false;
  if (existsSync(source) || process.env["OHMWORK_REQUIRE_ALL"] === "1") return true;
  process.stderr.write(`Skipped: ${what}, without the source of optiboot (arduino-core-avr)\n`);
  return false;
}

/** Optiboot for 115200 baud in Intel HEX, built from its source: the hex that Debian ships reaches past the end of flash. */
export async function buildOptiboot(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-optiboot-"));
  try {
    const [elf, hex] = [join(folder, "optiboot.elf"), join(folder, "optiboot.hex")];
    const define = ["-DF_CPU=16000000L", "-DLED_START_FLASHES=0", "-DBAUD_RATE=115200"];
    const place = ["-Wl,--section-start=.text=0x7e00", "-Wl,--section-start=.version=0x7ffe", "-Wl,--relax", "-nostartfiles"];
    const compile = ["-Os", "-fno-split-wide-types", "-mrelax", "-mmcu=atmega328p"];
    await runProgram("avr-gcc", [...compile, ...define, `-I${folderOfSource}`, "-o", elf, source, ...place]);
    const sections = ["-j", ".text", "-j", ".data", "-j", ".version", "--set-section-flags", ".version=alloc,load"];
    await runProgram("avr-objcopy", [...sections, "-O", "ihex", elf, hex]);
    return await readFile(hex, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}
