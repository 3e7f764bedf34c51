import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { recordGuarantee, recordMeasured, scaled } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { firmwareCopy, hasPrograms, runProgram } from "./testing/firmware-tools.ts";

const kept = (name: string): Promise<string> => readFile(new URL(`../firmware/${name}`, import.meta.url), "utf8");

/** What the bootloader leaves of the flash, and three quarters of the RAM, since variables are not all of it: `simavr.test.ts` counts the stack. */
const FLASH_BYTES = 32_256;
const STATIC_RAM_BYTES = 1_536;

describe.runIf(hasPrograms("rebuilding the firmware", ["avr-gcc", "make"]))("ohmwork.hex", () => {
  it("is what its sources build, byte for byte, and fits", { timeout: 120_000 }, async (context) => {
    await using copy = await firmwareCopy();
    await runProgram("make", ["-C", copy.folder, "-j2"]);
    expect(await readFile(join(copy.folder, "ohmwork/build.h"), "utf8")).toBe(await kept("ohmwork/build.h"));
    expect(await readFile(join(copy.folder, "ohmwork.hex"), "utf8")).toBe(await kept("ohmwork.hex"));

    const { stdout } = await runProgram("make", ["-s", "-C", copy.folder, "size"]);
    const [flash, ram] = (/^flash (\d+) of \d+ bytes, static RAM (\d+) of \d+ bytes$/m.exec(stdout) ?? [])
      .slice(1)
      .map(Number) as [number, number];
    expect(flash).toBeLessThan(FLASH_BYTES);
    expect(ram).toBeLessThan(STATIC_RAM_BYTES);
    recordMeasured(context, "flash [bytes]", flash);
    recordMeasured(context, "static RAM [bytes]", ram);
  });
});

describe.runIf(hasPrograms("the firmware on this computer", ["g++", "make"]))(
  "the firmware on this computer, under sanitizers",
  () => {
    const seeds = [1, 2, 3, 4];
    const lines = scaled(1_000_000) / seeds.length;
    it(
      "keeps its windows, answers every line and acts on no bad one, whatever arrives",
      { timeout: 300_000 },
      async (context) => {
        await using copy = await firmwareCopy();
        await runProgram("make", ["-C", copy.folder, "fuzz"]);
        for (const seed of seeds) {
          const { stdout } = await runProgram(join(copy.folder, "build/fuzz"), [String(lines), String(seed)]);
          expect(stdout).toContain(`seed ${seed}: ${lines} lines`);
          recordMeasured(context, "fuzzed lines", stdout.trim());
        }
        recordGuarantee(context, {
          guarantee: "P10",
          fault: "fuzzed lines, under sanitizers",
          count: lines * seeds.length,
          measured: { seeds: seeds.join(", ") },
        });
      },
    );
  },
);
