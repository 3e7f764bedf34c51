import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { batchOf, createRandom, Seconds, type SelfLearningSystem } from "@ohmwork/core";
import { physicalSystemContract, recordMeasured, scaled } from "@ohmwork/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BoardLink, openBoardLink } from "../link/board-link.ts";
import type { PortBinding } from "../link/port.ts";
import { type SteppedPort, steppedPort } from "../link/stepped-port.ts";
import { noisyPort } from "../testing/noisy-port.ts";
import type * as mcp3208 from "../virtual/mcp3208.ts";
import { createVirtualBoard, type VirtualBoard } from "../virtual/virtual-board.ts";
import { type BoardSystemOptions, createBoardSystem } from "./board-system.ts";
import { wiringOf } from "./board-wiring.ts";
import { type BoardRule, type PresentedState, referenceStep } from "./reference-step.ts";

/** Codes that the converter gave, in order: a tap on its data line. */
const recorded = vi.hoisted((): number[] => []);
vi.mock("../virtual/mcp3208.ts", async (original) => {
  const real = await original<typeof mcp3208>();
  type Create = typeof real.createMcp3208;
  const createMcp3208: Create = (name, report, convert) =>
    real.createMcp3208(name, report, (...how) => {
      const code = convert(...how);
      recorded.push(code);
      return code;
    });
  return { ...real, createMcp3208 };
});

const network = parseNetwork(bench16Netlist);
const wiring = wiringOf(bench16Build, network);
const rule: BoardRule = { kind: "tick-probability", contrast: "free-clamped", eta: 128, gain: 6400, tolerance: 0, averages: 1 };
const start = (): number => 120;

type Bench = { board: VirtualBoard; port: SteppedPort; link: BoardLink; system: SelfLearningSystem };

const opened: Bench[] = [];
function bench(options: Partial<BoardSystemOptions> = {}, through = (port: PortBinding): PortBinding => port): Bench {
  const board = createVirtualBoard({ seed: 3 });
  const port = steppedPort(board);
  const link = openBoardLink(through(port), { clock: port.clock });
  const system = createBoardSystem({ link, network, wiring, rule, seed: 5, start, ...options });
  opened.push({ board, port, link, system });
  return { board, port, link, system };
}
afterEach(async () => {
  for (const { board, link, system } of opened.splice(0))
    for (const one of [system, link, board]) await one[Symbol.asyncDispose]();
});

/** Inputs and labels of all sizes; every eighth row teaches nothing. */
function lesson(rows: number): { inputs: number[][]; labels: number[][] } {
  const random = createRandom(1, "lesson");
  const inputs = Array.from({ length: rows }, () => [...Array.from({ length: 4 }, () => 4.9 * random.uniform()), 0, 5]);
  return { inputs, labels: inputs.map((_, row) => [row % 8 === 7 ? Number.NaN : 0.5 + 4 * random.uniform()]) };
}

describe("createBoardSystem() on the virtual board keeps the contract", () => {
  for (const { name, run } of physicalSystemContract("virtual board", async () => bench().system)) {
    it(name, async () => expect(await run()).toBeUndefined());
  }
});

describe("the firmware on the virtual board", () => {
  const steps = 1000;
  const rules: Record<string, { rule: BoardRule; steps: number }> = {
    "tick probability": { rule, steps },
    "sign, symmetric, a hinge, averages": {
      rule: { kind: "sign", contrast: "symmetric", eta: 77, gain: 0, tolerance: 300, averages: 2 },
      steps: scaled(steps),
    },
    "sign, overclamped": {
      rule: { ...rule, kind: "sign", overclamp: { low: 0, high: 0xfff, full: 819 } },
      steps: scaled(steps),
    },
    "tick probability, overclamped, symmetric, averages": {
      rule: { ...rule, contrast: "symmetric", overclamp: { low: 100, high: 4000, full: 4000 }, averages: 4 },
      steps: scaled(steps),
    },
  };
  for (const [name, { rule: tried, steps: count }] of Object.entries(rules)) {
    it(`moves its wipers to the bit as the reference does: ${name}`, async (context) => {
      const { board, link, system } = bench({ rule: tried });
      await system.parameters();
      const [seed] = await link.request("STATE");
      recorded.length = 0;
      const { inputs, labels } = lesson(count);
      for await (const _ of system.learn(batchOf(inputs), batchOf(labels), { steps: count }));
      const [random] = await link.request("STATE");

      const state: PresentedState = { wipers: new Uint16Array(16).fill(start()), random: Number.parseInt(seed as string, 16) };
      const edges = Uint8Array.from(network.circuit.edges.flatMap(({ from, to }) => [from, to]));
      const presented = {
        edges,
        outputs: Uint8Array.from(wiring.outputs, ({ node }) => node),
        low: wiring.lowestPosition,
        high: 256,
      };
      let next = 0;
      const reading = (): number => {
        let sum = 0;
        for (let i = 0; i < tried.averages; i += 1) sum += recorded[next++] as number;
        return Math.floor(sum / tried.averages);
      };
      const read = (): Uint16Array =>
        Uint16Array.from(wiring.nodes, (how) => (how === "ground" ? 0 : how === "supply" ? 0xfff : reading()));
      let moved = 0;
      for (const [label] of labels) {
        const code = Number.isNaN(label) ? -1 : Math.round(((label as number) / 5) * 4096);
        moved += referenceStep(tried, presented, state, Int16Array.of(code), read).moved;
      }
      expect(next).toBe(recorded.length);
      expect([...(await system.parameters()).values]).toEqual([...state.wipers]);
      expect(Number.parseInt(random as string, 16)).toBe(state.random);
      expect(moved).toBeGreaterThan(count / 4);
      expect(board.faultsSeen()).toEqual([]);
      recordMeasured(context, `presentations equal to the reference, ${name}`, count);
      recordMeasured(context, `wiper moves equal to the reference, ${name}`, moved);
    });
  }
});

describe("learning on the virtual board", () => {
  const steps = scaled(2000);
  const { inputs, labels } = lesson(64);
  const learn = async (system: SelfLearningSystem, each: (step: number) => Promise<void>): Promise<number[]> => {
    const seen: number[] = [];
    for await (const { step } of system.learn(batchOf(inputs), batchOf(labels), { steps, reportEvery: 50 })) {
      seen.push(step);
      await each(step);
    }
    return seen;
  };
  const expected = Array.from({ length: steps / 50 }, (_, i) => 50 * (i + 1));

  it("goes on when its port vanishes and returns", async () => {
    const { board, port, link, system } = bench();
    let pulls = 0;
    const pull = (): void => {
      pulls += 1;
      port.unplug();
      port.clock.sleep(Seconds(0.3)).then(
        () => port.plugIn(),
        () => undefined,
      );
    };
    let busy = 0;
    link.onEvent(({ kind }) => void (kind === "ready" && (busy += 1)));
    const seen = await learn(system, async (step) => {
      if (step % 100 === 50) port.clock.sleep(Seconds(0.05)).then(pull, () => undefined);
    });
    expect(seen).toEqual(expected);
    expect(pulls).toBeGreaterThan(1);
    expect(busy).toBe(1 + pulls);
    const [, , , , presented] = await link.request("STATS");
    expect(Number.parseInt(presented as string, 16)).toBe(steps);
    expect(board.taps()).toEqual([...(await system.parameters()).values]);
    expect(board.faultsSeen()).toEqual([]);
  });

  it("repeats the batch that a reset cut short, and counts no step twice", async (context) => {
    const { board, port, link, system } = bench();
    let resets = 0;
    link.onEvent(({ kind }) => void (kind === "reset" && (resets += 1)));
    const seen = await learn(system, async (step) => {
      if (step % 100 === 50)
        port.clock.sleep(Seconds(0.05)).then(
          () => board.reset(),
          () => undefined,
        );
    });
    expect(seen).toEqual(expected);
    expect(resets).toBe(steps / 100);
    expect(board.taps()).toEqual([...(await system.parameters()).values]);
    expect(board.faultsSeen()).toEqual([]);
    recordMeasured(context, "resets in the middle of a batch that learning survived", resets);
  });

  it("repeats the batch that a reset cut short although its HELLO never came", async (context) => {
    let destroyed = 0;
    const deaf = (binding: PortBinding): PortBinding => ({
      ...binding,
      open: async () => {
        const port = await binding.open();
        async function* withoutHello(): AsyncGenerator<Uint8Array> {
          let held = "";
          for await (const chunk of port.source) {
            held += Buffer.from(chunk).toString("latin1");
            const end = held.lastIndexOf("\n") + 1;
            const lines = held.slice(0, end);
            held = held.slice(end);
            yield Buffer.from(
              lines.replace(/^!! HELLO/gm, () => {
                destroyed += 1;
                return "!! HELL0";
              }),
              "latin1",
            );
          }
        }
        return { ...port, source: withoutHello() };
      },
    });
    const { board, port, link, system } = bench({}, deaf);
    let next = 0;
    let made = 0;
    const seen = await learn(system, async (step) => {
      if (step % 100 === 50)
        port.clock.sleep(Seconds(0.03 + 0.013 * next++)).then(
          () => {
            made += 1;
            board.reset();
          },
          () => undefined,
        );
    });
    expect(seen).toEqual(expected);
    expect(destroyed).toBeGreaterThan(1);
    // A link that is told of no reset learns of it from the next epoch it asks for: two resets before that are one to it.
    expect(link.counters.resets).toBeGreaterThan(made / 2);
    expect(link.counters.resets).toBeLessThanOrEqual(made);
    expect(board.taps()).toEqual([...(await system.parameters()).values]);
    expect(board.faultsSeen()).toEqual([]);
    expect(link.counters.badLines).toBeGreaterThan(0);
    recordMeasured(context, "resets whose HELLO was destroyed that learning survived", link.counters.resets);
  });

  for (const rate of [0.01, 0.1]) {
    it(`counts every step once over a line with ${rate * 100} % of its lines hit both ways`, async (context) => {
      const random = createRandom(4, `noise ${rate}`);
      const { board, link, system } = bench({}, (port) => noisyPort(port, { rate, random }));
      expect(await learn(system, async () => undefined)).toEqual(expected);
      const [, , , , presented] = await link.request("STATS");
      expect(Number.parseInt(presented as string, 16)).toBe(steps);
      expect(board.taps()).toEqual([...(await system.parameters()).values]);
      expect(board.faultsSeen()).toEqual([]);
      expect(link.counters.repeated).toBeGreaterThan(0.5 * rate * steps);
      recordMeasured(context, `P11: lines repeated on the virtual board, ${rate * 100} %`, link.counters.repeated);
      recordMeasured(context, `P11: steps on the virtual board counted once, ${rate * 100} %`, steps);
    });
  }

  it("repeats the batch that a loss of power cut short", async () => {
    const { board, port, system } = bench();
    const seen = await learn(system, async (step) => {
      if (step === 50)
        port.clock.sleep(Seconds(0.05)).then(
          () => board.powerCycle(),
          () => undefined,
        );
    });
    expect(seen).toEqual(expected);
    expect(board.taps()).toEqual([...(await system.parameters()).values]);
    expect(board.faultsSeen()).toEqual([]);
  });
});
