import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EEPROMMemoryBackend } from "avr8js";
import { describe, expect, it } from "vitest";
import { firmwareCopy, hasPrograms, runProgram } from "./testing/firmware-tools.ts";
import { createMcp4728Pins, type Mcp4728Pins } from "./testing/mcp4728-pins.ts";
import { type AvrMachine, CLOCK_HERTZ, createAvrMachine } from "./virtual/avr-machine.ts";
import { createI2cBus } from "./virtual/i2c-bus.ts";
import { parseIntelHex } from "./virtual/intel-hex.ts";

const hex = await readFile(new URL("../firmware/dac-address.hex", import.meta.url), "utf8");

/** How LDAC of each chip is wired. */
type LdacWire = "D9" | "ground";

/** An Uno with the sketch, and chips on its bus. */
function wire(chips: readonly { readonly digit: number; readonly ldac: LdacWire }[], { sdaOpen = false } = {}) {
  const faults: string[] = [];
  const toSend: number[] = [];
  let heard = "";
  const board: { machine?: AvrMachine } = {};
  const now = (): number => (board.machine?.cycles() ?? 0) / CLOCK_HERTZ;
  const report = (fault: string): void => void faults.push(fault);
  const dacs = chips.map(({ digit }): Mcp4728Pins => createMcp4728Pins(digit, now, report));
  let released = true; // SDA, by the board
  const showData = (): void => board.machine?.setInput("A4", released && (sdaOpen || !dacs.some((dac) => dac.pulls())));
  const setPin = (pin: string, high: boolean): void => {
    if (pin === "A4") released = high;
    for (const [i, dac] of dacs.entries()) {
      if (pin === "A4" && !sdaOpen) dac.setLine("sda", high);
      if (pin === "A5") dac.setLine("scl", high);
      if (pin === "D9") dac.setLine("ldac", high && chips[i]?.ldac === "D9");
    }
    showData();
  };
  const machine = createAvrMachine({
    flash: new Uint16Array(parseIntelHex(hex).bytes.buffer),
    eeprom: new EEPROMMemoryBackend(1024),
    cause: "external",
    startWord: 0,
    wiring: {
      pins: new Map(["A4", "A5", "D9"].map((pin) => [pin, true])),
      setPin,
      exchange: () => 0xff,
      i2c: createI2cBus(new Map(), report),
      line: { baudRate: 1_000_000, take: () => toSend.shift(), deliver: (byte) => (heard += String.fromCharCode(byte)) },
      report,
    },
  });
  board.machine = machine;
  machine.setInput("A5", true);
  showData();
  /** Types something and gives the lines that come back. */
  const say = (text: string): string[] => {
    heard = "";
    toSend.push(...new TextEncoder().encode(text));
    machine.wakeLine();
    machine.runUntil(machine.cycles() + 0.15 * CLOCK_HERTZ);
    return heard.split("\r\n").filter((line) => line !== "");
  };
  return { greeting: say(""), dacs, say, faults };
}

const keeps = "It keeps that address. Type another last digit, 0 to 7";

describe("dac-address.hex", () => {
  it("gives a chip another address, which it keeps without power", () => {
    for (const [old, wanted] of [
      [0, 1],
      [4, 1],
      [1, 0],
      [5, 2],
      [7, 7],
    ] as const) {
      const { greeting, dacs, say, faults } = wire([{ digit: old, ldac: "D9" }]);
      expect(greeting).toEqual([`A DAC answers at 0x6${old}`, keeps]);
      expect(say(`-- ${wanted}\n`)).toEqual([
        `A DAC answers at 0x6${old}`,
        keeps,
        "Written",
        `A DAC answers at 0x6${wanted}`,
        keeps,
      ]);
      dacs[0]?.powerCycle();
      expect(dacs[0]?.address()).toEqual({ used: wanted, kept: wanted });
      expect(say("?")).toEqual([`A DAC answers at 0x6${wanted}`, keeps]);
      expect(faults).toEqual([]);
    }
  });

  it("says what is wrong, and changes nothing then", () => {
    const nobody = ["No DAC answers: look at its VCC, GND, SDA and SCL"];
    expect(wire([]).say("1")).toEqual(nobody);
    expect(wire([{ digit: 0, ldac: "D9" }], { sdaOpen: true }).say("1")).toEqual(nobody);

    const grounded = wire([{ digit: 0, ldac: "ground" }]);
    expect(grounded.say("1")).toEqual([
      "A DAC answers at 0x60",
      "It does not feel its LDAC: that must be on D9, and not on ground",
    ]);
    expect(grounded.dacs[0]?.address()).toEqual({ used: 0, kept: 0 });

    const two = wire([
      { digit: 0, ldac: "D9" },
      { digit: 4, ldac: "ground" },
    ]);
    expect(two.say("1")).toEqual(["A DAC answers at 0x60", "A DAC answers at 0x64", "Leave only one DAC in"]);
    expect(two.dacs.map((dac) => dac.address().used)).toEqual([0, 4]);
  });

  it("changes only the chip on its LDAC wire, should another have the same address", () => {
    const { dacs, say } = wire([
      { digit: 0, ldac: "D9" },
      { digit: 0, ldac: "ground" },
    ]);
    say("1");
    expect(dacs.map((dac) => dac.address())).toEqual([
      { used: 1, kept: 1 },
      { used: 0, kept: 0 },
    ]);
  });

  it.runIf(hasPrograms("rebuilding the sketch", ["avr-gcc", "make"]))(
    "is what its source builds, byte for byte",
    { timeout: 120_000 },
    async () => {
      await using copy = await firmwareCopy();
      await runProgram("make", ["-C", copy.folder, "-j2", "dac-address.hex"]);
      expect(await readFile(join(copy.folder, "dac-address.hex"), "utf8")).toBe(hex);
    },
  );
});
