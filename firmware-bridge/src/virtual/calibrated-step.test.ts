import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { createRandom } from "@ohmwork/core";
import { recordMeasured, scaled } from "@ohmwork/core/testing";
import { expect, it, vi } from "vitest";
import { type BoardRule, type PresentedState, referenceStep } from "../board/reference-step.ts";
import { wiringOf } from "../board/board-wiring.ts";
import { hex } from "../link/hex.ts";
import { createTestHost } from "../testing/test-host.ts";
import type * as mcp3208 from "./mcp3208.ts";
import { createVirtualBoard } from "./virtual-board.ts";

/** Codes that the converter gave, in order: a tap on its data line. */
const recorded = vi.hoisted((): { channel: number; code: number }[] => []);
vi.mock("./mcp3208.ts", async (original) => {
  const real = await original<typeof mcp3208>();
  const createMcp3208: typeof real.createMcp3208 = (name, report, convert) =>
    real.createMcp3208(name, report, (sample) => {
      const code = convert(sample);
      recorded.push({ channel: sample.channel, code });
      return code;
    });
  return { ...real, createMcp3208 };
});

const network = parseNetwork(bench16Netlist);
const wiring = wiringOf(bench16Build, network);
const SOURCES = 4;
const OUTPUT = 8;

it("a calibrated board moves its wipers to the bit as the reference does with the codes less their offsets", async (context) => {
  const random = createRandom(7, "lesson");
  // Sources read 5 or 6 at 0 V and have 6 taken off, which must not leave the scale.
  const codes = (values: readonly number[]): number[] => values.map((value) => (value * 5) / 4096);
  const offsets = { converterVolts: codes([5.6, 5.6, 5.6, 5.6, -3, 4, -6, 0]), dacVolts: codes([-3, -8, 7, 11, -9]) };
  await using board = createVirtualBoard({ seed: 7, offsets });
  const host = createTestHost(board);
  board.runFor(0.05);
  await host.describe();
  expect(await host.ask("WINDOW 007 100")).toEqual([]);
  expect(await host.ask("RULE P S 60 1900 000 000 000 000 2")).toEqual([]);
  expect(await host.ask("SEED 00C0FFEE")).toEqual([]);
  const measured = (await host.ask("CALIBRATE M", 2)).map((field) => (Number.parseInt(field, 16) << 24) >> 24);
  const ofNode = measured.slice(SOURCES + 1);
  expect(ofNode.filter((offset) => offset !== 0).length).toBeGreaterThan(4);

  const rule: BoardRule = { kind: "tick-probability", contrast: "symmetric", eta: 0x60, gain: 0x1900, tolerance: 0, averages: 2 };
  const edges = Uint8Array.from(network.circuit.edges.flatMap(({ from, to }) => [from, to]));
  const presented = { edges, outputs: Uint8Array.of(OUTPUT), low: 7, high: 256 };
  const state: PresentedState = { wipers: Uint16Array.from(board.taps()), random: 0xc0ffee };
  recorded.length = 0;
  let next = 0;
  let limited = 0;
  const reading = (node: number): number => {
    const sum = (recorded[next]?.code ?? Number.NaN) + (recorded[next + 1]?.code ?? Number.NaN);
    next += 2;
    const code = Math.floor(sum / 2) - (ofNode[node] as number);
    if (code < 0 || code > 0xfff) limited += 1;
    return Math.min(0xfff, Math.max(0, code));
  };
  const read = (): Uint16Array =>
    Uint16Array.from(wiring.nodes, (how, node) => (how === "ground" ? 0 : how === "supply" ? 0xfff : reading(node)));
  let moved = 0;
  const steps = scaled(1000);
  for (let step = 0; step < steps; step += 1) {
    // Now and then at the ends of the scale, where an offset taken off would leave it.
    const code = (): number => (random.below(4) === 0 ? 0xfff * random.below(2) : random.below(0x1000));
    const sources = Array.from({ length: SOURCES }, code);
    const label = code();
    const answer = await host.ask(`LEARN ${[...sources, label].map((each) => hex(each, 3)).join(" ")}`);
    const expected = referenceStep(rule, presented, state, Int16Array.of(label), read);
    expect(answer, `step ${step}`).toEqual([
      hex(expected.answer[0] as number, 3),
      hex(expected.strength, 2),
      hex(expected.moved, 2),
    ]);
    moved += expected.moved;
  }
  expect(next).toBe(recorded.length);
  expect(board.taps()).toEqual([...state.wipers]);
  expect((await host.ask("STATE"))[0]).toBe(hex(state.random, 8));
  expect(moved).toBeGreaterThan(steps / 4);
  expect(limited).toBeGreaterThan(0);
  recordMeasured(context, "presentations of a calibrated board equal to the reference", steps);
});
