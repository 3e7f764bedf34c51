import { createRandom } from "@ohmwork/core";
import { recordGuarantee, recordMeasured, scaled } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { hex } from "../link/hex.ts";
import { encodeHostLine } from "../link/line.ts";
import { createTestHost } from "../testing/test-host.ts";
import { createVirtualBoard } from "./virtual-board.ts";

const SEED = 20_261;
const LINES = scaled(10_000);
/** Wiper window of the present 50 lines; lines may narrow it. */
const window = { low: 0x20, high: 0xe0 };
const LINE_FEED = 0x0a;

const random = createRandom(SEED, "fuzzed lines");
const pick = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
const field = (digits: number): string => hex(random.below(16 ** digits), digits);
const fields = (count: number, digits: number): string => Array.from({ length: count }, () => field(digits)).join(" ");
const channel = (): string => pick(["1A", "1B", "1C", "1D", "2A", "2B", "2C", "2D", "3A", "1E"]);
/** Mostly what the network of bench-16 takes, so that more than the checks is reached. */
const small = (below: number): string => hex(random.below(below), 2);

const CALIBRATION_SECONDS = 0.6;

/** SETTLE stays below 1 ms, for the time that the test takes. */
const commands: readonly (() => string)[] = [
  () => "HELLO",
  () => `NODES 09 ${Array.from({ length: 9 }, () => pick("0 1 2 3 4 5 6 7 E F 8".split(" "))).join(" ")}`,
  () => `SOURCES 02 ${small(10)} ${channel()} ${small(10)} ${channel()}`,
  () => `OUTPUT 01 ${small(10)} ${channel()} ${small(20)}`,
  () => `EDGES ${small(20)} ${fields(1 + random.below(4), 4)}`,
  () => `EDGES 00 ${Array.from({ length: 16 }, () => small(9) + small(9)).join(" ")}`,
  () => `PROGRAM ${small(18)} ${fields(1 + random.below(16), 3)}`,
  () => `PROGRAM ${small(16)} ${hex(random.below(0x101), 3)}`,
  () => `READ ${small(20)}`,
  () =>
    `RULE ${pick(["S", "P", "X"])} ${pick(["F", "S"])} ${field(2)} ${field(4)} ${field(3)} 000 FFF ${field(3)} ${pick([1, 2, 4, 8])}`,
  () => `SEED ${field(8)}`,
  () => "STATE",
  () => `RESPOND ${fields(1 + random.below(5), 3)}`,
  () => `LEARN ${fields(4, 3)} ${pick(["---", field(3)])}`,
  () => `SETTLE ${hex(random.below(1000), 4)}`,
  () => `CALIBRATE ${pick(["R", "F", "X"])}`,
  () => (random.below(10) === 0 ? "CALIBRATE M" : "CALIBRATE R"),
  () => {
    const low = window.low + random.below(window.high - window.low + 1);
    return `WINDOW ${hex(low, 3)} ${hex(low + random.below(window.high - low + 1), 3)}`;
  },
  () => `WINDOW ${pick(["000 100", "001 101", "0FF 0FE", "100", "1 2 3"])}`,
  () => `QUIET ${field(4)}`,
  () => "STATS",
  () => "SAFE",
  () => "HELP",
  () => `NOSUCH ${fields(1 + random.below(19), 4)}`,
  () => `${pick(["READ", "LEARN", "SEED"])} ${fields(1 + random.below(3), 5)}`,
];
const bytesOf = (text: string): number[] => [...Buffer.from(text, "latin1")];
const valid = (): number[] => bytesOf(encodeHostLine(random.below(256), pick(commands)()));
const kinds = {
  valid,
  "bad checksum": () => {
    const line = valid();
    const at = random.below(line.length - 1);
    line[at] = (line[at] as number) ^ (1 << random.below(8));
    return line;
  },
  cut: () => [...valid().slice(0, random.below(12)), LINE_FEED],
  "random bytes": () => [...Array.from({ length: random.below(100) }, () => random.below(256)), LINE_FEED],
  "too long": () => [...bytesOf(`00 PROGRAM 00 ${"0FF ".repeat(27 + random.below(40))}`), LINE_FEED],
  unnumbered: () => bytesOf(`-- ${pick(commands)()}\n`),
} satisfies Record<string, () => number[]>;

describe("the firmware on the virtual board", () => {
  it(`keeps its wipers, codes and buses right through fuzzed lines, and is safe in silence (seed ${SEED})`, async (context) => {
    await using board = createVirtualBoard({ seed: SEED });
    const host = createTestHost(board);
    board.runFor(0.05);
    const sent = { valid: 0, "bad checksum": 0, cut: 0, "random bytes": 0, "too long": 0, unnumbered: 0 };
    const names = Object.keys(sent) as (keyof typeof sent)[];
    /** The network whole again, so that more than refusals is reached. */
    const restore = async (): Promise<void> => {
      window.low = 1 + random.below(0x70);
      window.high = 0x90 + random.below(0x71);
      await host.describe();
      for (const command of [
        `WINDOW ${hex(window.low, 3)} ${hex(window.high, 3)}`,
        "RULE S F 80 1900 000 000 000 000 1",
        "SEED 0000BEEF",
      ])
        expect(await host.ask(command)).toEqual([]);
    };
    const expectInside = (line: number): void => {
      const where = `seed ${SEED}, line ${line}`;
      for (const tap of board.taps()) expect(tap >= window.low && tap <= window.high, `wiper ${tap}, ${where}`).toBe(true);
      for (const node of ["x0", "x1", "x2", "x3", "out"]) {
        const volts = board.nodeVolts(node);
        expect(volts >= 0 && volts <= 5, `${node} at ${volts} V, ${where}`).toBe(true);
      }
    };
    for (let line = 0; line < LINES; line += 1) {
      if (line % 50 === 0) await restore();
      const kind = random.uniform() < 0.5 ? "valid" : pick(names);
      sent[kind] += 1;
      const bytes = kinds[kind]();
      board.write(Uint8Array.from(bytes));
      board.runFor(bytes.length * 1e-5 + 1e-3);
      if (Buffer.from(bytes).includes("CALIBRATE M")) board.runFor(CALIBRATION_SECONDS);
      if (line % 10 === 0) expectInside(line);
    }
    board.runFor(0.1);
    board.write(Uint8Array.of(LINE_FEED));
    expectInside(LINES);

    expect((await host.ask("HELLO"))[0]).toBe("ohmwork");
    const [lines = "", bad = "", , , steps = ""] = await host.ask("STATS");
    expect(Number.parseInt(lines, 16)).toBeGreaterThan(LINES / 3);
    expect(Number.parseInt(bad, 16)).toBeGreaterThan(0);
    expect(Number.parseInt(steps, 16)).toBeGreaterThan(0);
    const acknowledged = host.heard().match(/^[0-9A-F]{2} OK/gm)?.length ?? 0;
    expect(acknowledged).toBeGreaterThan(LINES / 6);
    expect(board.faultsSeen()).toEqual([]);

    await host.describe();
    await host.ask("QUIET 0064");
    const codes = await host.ask("RESPOND FFF FFF FFF FFF");
    expect(codes.length).toBe(9);
    expect(board.nodeVolts("x0")).toBeGreaterThan(4.9);
    board.runFor(0.2);
    for (const node of ["x0", "x1", "x2", "x3"]) expect(board.nodeVolts(node)).toBeLessThan(0.02);
    expect((await host.ask("HELLO"))[0]).toBe("ohmwork");
    expect(host.heard()).toContain("!! QUIET 0064");
    expect(board.faultsSeen()).toEqual([]);
    const measured = { "intact lines": Number.parseInt(lines, 16), presentations: Number.parseInt(steps, 16) };
    recordGuarantee(context, {
      guarantee: "P10",
      fault: "fuzzed lines on the emulated board",
      count: LINES,
      seed: SEED,
      measured,
    });
    const calibrations = host.heard().match(/^[0-9A-F]{2} OK( [0-9A-F]{2}){14} /gm)?.length ?? 0;
    expect(calibrations).toBeGreaterThan(0);
    for (const [kind, count] of Object.entries(sent)) recordMeasured(context, `P10: lines on the emulated board, ${kind}`, count);
  });
});
