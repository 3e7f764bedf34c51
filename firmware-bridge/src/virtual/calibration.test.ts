import { createRandom, type Random } from "@ohmwork/core";
import { recordMeasured, scaled } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { hex } from "../link/hex.ts";
import { createTestHost, type TestHost } from "../testing/test-host.ts";
import { createVirtualBoard, type VirtualBoard, type VirtualBoardOptions } from "./virtual-board.ts";

const VOLTS_PER_CODE = 5 / 4096;
const DACS = 5;
/** Converter channels of the nodes x0 to x3, h0, h1 and out, in the order of CALIBRATE, where ground and supply come after x3. */
const CHANNELS = [0, 1, 2, 3, undefined, undefined, 4, 5, 6];

async function prepare(options: VirtualBoardOptions, random: Random): Promise<{ board: VirtualBoard; host: TestHost }> {
  const board = createVirtualBoard(options);
  const host = createTestHost(board);
  board.runFor(0.05);
  await host.describe();
  const taps = Array.from({ length: 16 }, () => hex(7 + random.below(250), 3));
  expect(await host.ask(`PROGRAM 00 ${taps.join(" ")}`)).toEqual([]);
  return { board, host };
}

const signed = (byte: string | undefined): number => (Number.parseInt(byte ?? "", 16) << 24) >> 24;

/** Offsets of real size: those of the converter of one sign or of both, in codes. */
const converters: Record<string, (random: Random) => number> = {
  "of both signs": (random) => 12 * random.uniform() - 6,
  "all below zero, where the ground shows nothing": (random) => -0.6 - 6 * random.uniform(),
  "all above zero": (random) => 6 * random.uniform(),
};

describe("CALIBRATE M tells converter and DACs apart", () => {
  for (const [name, draw] of Object.entries(converters)) {
    it(`within a step each, with converter offsets ${name}`, async (context) => {
      let worst = 0;
      for (let seed = 1; seed <= scaled(40); seed += 1) {
        const random = createRandom(seed, `offsets ${name}`);
        const converter = CHANNELS.slice(0, 8).map(() => draw(random));
        const dacs = Array.from({ length: DACS }, () => 32 * random.uniform() - 16);
        const inVolts = (codes: readonly number[]): number[] => codes.map((code) => code * VOLTS_PER_CODE);
        const offsets = { converterVolts: inVolts(converter), dacVolts: inVolts(dacs) };
        const { board, host } = await prepare({ seed, offsets }, random);
        await using _ = board;
        const taps = board.taps();
        const answer = (await host.ask("CALIBRATE M", 2)).map(signed);
        expect(answer, `seed ${seed}`).toHaveLength(DACS + CHANNELS.length);
        const errors = [
          ...dacs.map((codes, k) => (answer[k] as number) - codes),
          ...CHANNELS.map(
            (channel, k) => (answer[DACS + k] as number) - (channel === undefined ? 0 : (converter[channel] as number)),
          ),
        ];
        for (const [k, error] of errors.entries()) expect(Math.abs(error), `seed ${seed}, offset ${k}`).toBeLessThanOrEqual(1);
        worst = Math.max(worst, ...errors.map(Math.abs));
        expect(board.taps()).toEqual(taps);
        expect(board.faultsSeen()).toEqual([]);
      }
      recordMeasured(context, `worst error of an offset, ${name} [steps]`, worst);
    });
  }

  const offsets = {
    converterVolts: [-3, -5, -2, -4, -6, -3, -4, 0].map((codes) => codes * VOLTS_PER_CODE),
    dacVolts: [9, -12, 7, -8, 11].map((codes) => codes * VOLTS_PER_CODE),
  };

  it("and takes both off, over a reset: nodes stand and read as they should, and the wipers do not move", async () => {
    const { board, host } = await prepare({ seed: 2, offsets }, createRandom(2, "taps"));
    await using _ = board;
    const measured = await host.ask("CALIBRATE M", 2);
    for (const reset of [() => undefined, board.reset, board.powerCycle]) {
      reset();
      board.runFor(0.05);
      await host.describe();
      expect(await host.ask("CALIBRATE R")).toEqual(measured);
      const sources = [400, 1200, 2000, 3600];
      const codes = (await host.ask(`RESPOND ${sources.map((code) => hex(code, 3)).join(" ")}`)).map((field) =>
        Number.parseInt(field, 16),
      );
      for (const [k, code] of sources.entries()) {
        expect(Math.abs(board.nodeVolts(`x${k}`) / VOLTS_PER_CODE - code)).toBeLessThan(2.5); // edges pull at 1 Ω
        expect(Math.abs((codes[k] as number) - board.nodeVolts(`x${k}`) / VOLTS_PER_CODE)).toBeLessThan(2);
      }
      for (const [node, k] of [
        ["h0", 6],
        ["h1", 7],
        ["out", 8],
      ] as const)
        expect(Math.abs((codes[k] as number) - board.nodeVolts(node) / VOLTS_PER_CODE)).toBeLessThan(2);
    }
    await host.ask("CALIBRATE F");
    const raw = (await host.ask("RESPOND 400 800 A00 C00")).map((field) => Number.parseInt(field, 16));
    expect((raw[1] as number) - 0x800).toBeLessThan(-12);
  });

  it("and leaves no edge parted when a reset comes in the middle", async () => {
    const { board, host } = await prepare({ seed: 3, offsets }, createRandom(3, "taps"));
    await using _ = board;
    const taps = board.taps();
    const before = await host.ask("RESPOND 400 800 A00 C00");
    void host.ask("CALIBRATE M", 0.01);
    board.runFor(0.04);
    expect(board.taps()).not.toEqual(taps);
    board.reset();
    board.runFor(0.05);
    await host.describe();
    await host.ask(`PROGRAM 00 ${taps.map((tap) => hex(tap, 3)).join(" ")}`);
    const after = await host.ask("RESPOND 400 800 A00 C00");
    for (const [k, code] of after.entries())
      expect(Math.abs(Number.parseInt(code, 16) - Number.parseInt(before[k] as string, 16)), `node ${k}`).toBeLessThanOrEqual(2);
    expect(await host.ask("CALIBRATE R")).toEqual(Array.from({ length: DACS + CHANNELS.length }, () => "00"));
  });

  it("and needs less than a second", async (context) => {
    const { board, host } = await prepare({ seed: 4 }, createRandom(4, "taps"));
    await using _ = board;
    await host.ask("CALIBRATE M", 2);
    expect(host.lastSeconds()).toBeLessThan(1);
    recordMeasured(context, "board time of CALIBRATE M [s]", host.lastSeconds());
  });
});
