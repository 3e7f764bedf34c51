import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { batchOf, createRandom, Seconds, type SelfLearningSystem } from "@ohmwork/core";
import { physicalSystemContract, recordMeasured, scaled } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { type BoardLink, openBoardLink } from "../link/board-link.ts";
import type { LinkTiming } from "../link/link-timing.ts";
import type { PortBinding } from "../link/port.ts";
import { steppedPort } from "../link/stepped-port.ts";
import { createFakeBoard, type FakeBoard, type FakeBoardOptions } from "../testing/fake-board.ts";
import { noisyPort } from "../testing/noisy-port.ts";
import { idealBench } from "../testing/ideal-bench.ts";
import { type BoardSystemOptions, createBoardSystem } from "./board-system.ts";
import { wiringOf } from "./board-wiring.ts";
import type { BoardRule } from "./reference-step.ts";

const network = parseNetwork(bench16Netlist);
const wiring = wiringOf(bench16Build, network);
const rule: BoardRule = { kind: "tick-probability", contrast: "free-clamped", eta: 128, gain: 6400, tolerance: 0, averages: 1 };

type Bench = { board: FakeBoard; link: BoardLink; system: SelfLearningSystem };

function bench(
  options: Partial<BoardSystemOptions> = {},
  faults: Pick<FakeBoardOptions, "resetsAfter" | "announces" | "onCarriedOut"> = {},
  through = (port: PortBinding): PortBinding => port,
  timing: Partial<LinkTiming> = {},
): Bench {
  const board = createFakeBoard({ solve: idealBench(network, wiring), edgesOnBench: 16, ...faults });
  const port = steppedPort(board);
  const link = openBoardLink(through(port), { clock: port.clock, timing });
  const system = createBoardSystem({ link, network, wiring, rule, seed: 1, ...options });
  return { board, link, system };
}

/** Owns its link, as the contract's tests make and drop one system each. */
function owning({ link, system }: Bench): SelfLearningSystem {
  return {
    ...system,
    [Symbol.asyncDispose]: async () => {
      await system[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
    },
  };
}

const inputs = batchOf([
  [1, 2, 3, 4, 0, 5],
  [4, 1, 2, 0.5, 0, 5],
  [0.5, 4, 1, 2, 0, 5],
]);
const labels = batchOf([[1], [3], [2]]);

async function learn(system: SelfLearningSystem, steps: number, onReport?: (step: number) => void): Promise<void> {
  for await (const { step } of system.learn(inputs, labels, { steps, reportEvery: 20 })) onReport?.(step);
}

/** LEARN commands that count: those that a reset cut short are dropped when SEED takes the random numbers back to before them. */
function createLessonLog(): { learned: string[]; note: (command: string, answer: string) => void } {
  const learned: string[] = [];
  const read: { random: string | undefined; count: number }[] = [];
  const note = (command: string, answer: string): void => {
    const [name, first] = command.split(" ");
    if (name === "LEARN") learned.push(command);
    if (name === "STATE") read.push({ random: answer.split(" ")[1], count: learned.length });
    if (name === "SEED") learned.length = read.findLast(({ random }) => random === first)?.count ?? 0;
  };
  return { learned, note };
}

describe("createBoardSystem() keeps the contract", () => {
  for (const test of physicalSystemContract("board", async () => owning(bench())))
    it(test.name, async () => expect(await test.run()).toBeUndefined());
});

describe("createBoardSystem()", () => {
  it("gives what its converters read, in volts", async () => {
    const { board, link, system } = bench({ start: () => 100 });
    const { stages } = await system.respond(inputs);
    const sources = [819, 1638, 2458, 3277];
    const codes = idealBench(network, wiring)(new Uint16Array(16).fill(100), sources, Int16Array.of(-1));
    expect([...(stages["nodes"]?.data.subarray(0, 9) ?? [])]).toEqual(
      Array.from(codes, (code) => (code / 4096) * 5).map(Math.fround),
    );
    expect(stages["outputs"]?.data[0]).toBe(Math.fround(((codes[8] as number) / 4096) * 5));
    expect([...board.wipers]).toEqual(Array.from({ length: 16 }).fill(100));
    await link[Symbol.asyncDispose]();
  });

  it("leaves the wipers of a board where they stand unless it is given a start", async () => {
    const { link, system } = bench();
    expect([...(await system.parameters()).values]).toEqual(Array.from({ length: 16 }).fill(128));
    await link[Symbol.asyncDispose]();
  });

  it("learns", async () => {
    const { link, system } = bench({ start: (random) => 100 + 50 * random.uniform() });
    const errors: number[] = [];
    for await (const { error } of system.learn(inputs, labels, { steps: 600, reportEvery: 60 })) errors.push(error);
    expect(errors.at(-1) as number).toBeLessThan(0.5 * (errors[0] as number));
    await link[Symbol.asyncDispose]();
  });

  it("counts no step twice when the board starts anew in the middle of a batch", async () => {
    const undisturbed = bench();
    await learn(undisturbed.system, 100);
    const disturbed = bench({ batchSteps: 32 });
    let resets = 0;
    disturbed.link.onEvent(({ kind }) => void (kind === "reset" && (resets += 1)));
    let answered = 0;
    const request = disturbed.link.request.bind(disturbed.link);
    const system = createBoardSystem({
      link: Object.assign(Object.create(disturbed.link) as BoardLink, {
        request: async (...args: Parameters<BoardLink["request"]>) => {
          const fields = await request(...args);
          if (args[0].startsWith("LEARN") && [7, 50, 90].includes(++answered)) disturbed.board.reset();
          return fields;
        },
      }),
      network,
      wiring,
      rule,
      seed: 1,
      batchSteps: 32,
    });
    const steps: number[] = [];
    await learn(system, 100, (step) => steps.push(step));
    expect(resets).toBe(3);
    expect(steps).toEqual([20, 40, 60, 80, 100]);
    expect(disturbed.board.presented).toBeGreaterThan(100);
    expect([...disturbed.board.wipers]).toEqual([...undisturbed.board.wipers]);
    for (const { link } of [undisturbed, disturbed]) await link[Symbol.asyncDispose]();
  });

  for (const announces of [true, false]) {
    it(`ends at the same wipers after whatever command the board starts anew, ${announces ? "announced" : "unheard"}`, async () => {
      const undisturbed = bench();
      await learn(undisturbed.system, 20);
      const commands = undisturbed.board.carriedOut.length;
      for (let at = 1; at <= commands; at += 1) {
        const { board, link, system } = bench({}, { resetsAfter: (command) => command === at, announces });
        await learn(system, 20);
        expect([...board.wipers], `after command ${at}`).toEqual([...undisturbed.board.wipers]);
        await link[Symbol.asyncDispose]();
      }
      expect(commands).toBeGreaterThan(30);
      await undisturbed.link[Symbol.asyncDispose]();
    });
  }

  /** Rows of which no two are alike, so that the board's log says which were presented, and in which order. */
  const draw = createRandom(1, "lesson");
  const lesson = Array.from({ length: 60 }, () => ({
    input: [...Array.from({ length: 4 }, () => 4.9 * draw.uniform()), 0, 5],
    label: [0.5 + 4 * draw.uniform()],
  }));
  type Lesson = typeof lesson;
  const teach = async (system: SelfLearningSystem, rows: Lesson): Promise<number[]> => {
    const steps: number[] = [];
    const given = batchOf(rows.map(({ input }) => input));
    const wanted = batchOf(rows.map(({ label }) => label));
    for await (const { step } of system.learn(given, wanted, { steps: rows.length, reportEvery: 20 })) steps.push(step);
    return steps;
  };
  /** The wipers, and the LEARN commands, of a bench that learns these rows and is not disturbed. */
  const undisturbed = async (rows: Lesson): Promise<{ wipers: number[]; learned: string[] }> => {
    const { board, link, system } = bench({ batchSteps: 16 }, {}, undefined, { window: 1 });
    await teach(system, rows);
    await link[Symbol.asyncDispose]();
    return { wipers: [...board.wipers], learned: board.carriedOut.filter((command) => command.startsWith("LEARN")) };
  };

  // A line lost on its way is carried out after those that were under way with it: then the order is another, and so are the wipers.
  for (const window of [1, 2, 3, 4]) {
    it(`presents every row once when resets and noise come together, ${window} under way`, async (context) => {
      const inOrder = await undisturbed(lesson);
      const seeds = scaled(80);
      let resets = 0;
      let disordered = 0;
      for (let seed = 1; seed <= seeds; seed += 1) {
        const random = createRandom(seed, "noise");
        const resetting = createRandom(seed, "resets");
        const log = createLessonLog();
        const { board, link, system } = bench(
          { batchSteps: 16 },
          { resetsAfter: () => resetting.uniform() < 0.015, onCarriedOut: log.note },
          (port) => noisyPort(port, { rate: 0.1, random }),
          { window },
        );
        expect(await teach(system, lesson), `seed ${seed}`).toEqual([20, 40, 60]);
        expect([...(await system.parameters()).values], `seed ${seed}`).toEqual([...board.wipers]);
        resets += link.counters.resets;
        await link[Symbol.asyncDispose]();

        const order = log.learned.map((command) => inOrder.learned.indexOf(command));
        const places = inOrder.learned.map((_, row) => row);
        expect(
          order.toSorted((a, b) => a - b),
          `seed ${seed}`,
        ).toEqual(places);
        // No row leaves its batch: those of 16 and 4 presentations that lie between two reports.
        const batchOfRow = (row: number): number => 2 * Math.floor(row / 20) + (row % 20 < 16 ? 0 : 1);
        expect(order.map(batchOfRow), `seed ${seed}`).toEqual(places.map(batchOfRow));
        expect(Math.max(...order.map((row, place) => place - row)), `seed ${seed}`).toBeLessThan(4);
        const isInOrder = order.every((row, place) => row === place);
        if (!isInOrder) disordered += 1;
        const { wipers } = isInOrder ? inOrder : await undisturbed(order.map((row) => lesson[row] as Lesson[number]));
        expect([...board.wipers], `seed ${seed}`).toEqual(wipers);
      }
      expect(resets).toBeGreaterThan(seeds);
      expect(disordered > 0).toBe(window > 1);
      recordMeasured(context, `P11: resets under noise of 10 % that learning survived, ${window} under way`, resets);
      recordMeasured(context, `P11: lessons of ${seeds} in which noise changed the order, ${window} under way`, disordered);
    });

    it(`keeps the order of rows when only resets disturb it, ${window} under way`, async () => {
      const { wipers } = await undisturbed(lesson);
      for (let seed = 1; seed <= scaled(20); seed += 1) {
        const resetting = createRandom(seed, "resets");
        const faults = { resetsAfter: () => resetting.uniform() < 0.03 };
        const { board, link, system } = bench({ batchSteps: 16 }, faults, undefined, { window });
        await teach(system, lesson);
        expect([...board.wipers], `seed ${seed}`).toEqual(wipers);
        await link[Symbol.asyncDispose]();
      }
    });
  }

  it("rejects the work during which the board says that its bench is faulty, and begins the next from before it", async () => {
    const expected = await undisturbed(lesson.slice(0, 20));
    let learned = 0;
    const onCarriedOut = (command: string): void => {
      if (command.startsWith("LEARN") && ++learned === 12) board.say("CHIP 03 080 07F");
    };
    const { board, link, system } = bench({}, { onCarriedOut });
    await expect(teach(system, lesson.slice(0, 20))).rejects.toMatchObject({
      code: "board-refused",
      message:
        "Board on virtual says that something on its bench is wrong: " +
        "wiper 1 of potentiometer chip 2 (edge 3) stands at 127, expected 128",
    });
    expect(learned).toBe(20);
    expect(await teach(system, lesson.slice(0, 20))).toEqual([20]);
    expect([...board.wipers]).toEqual(expected.wipers);
    await link[Symbol.asyncDispose]();
  });

  it("takes a bad line and a silence of the host for what they are", async () => {
    const onCarriedOut = (): void => {
      board.say("BAD CRC 0001");
      board.say("QUIET 03E8");
    };
    const { board, link, system } = bench({}, { onCarriedOut });
    expect(await teach(system, lesson.slice(0, 20))).toEqual([20]);
    await link[Symbol.asyncDispose]();
  });

  it("refuses a rule and a settling time that the line cannot carry", async () => {
    expect(() => bench({ rule: { ...rule, eta: 256 } })).toThrow("Rule eta must be a whole number 1 to 255: 256");
    expect(() => bench({ settleSeconds: 0.1 })).toThrow("Settling must take 0 to 0.065535 s: 0.1");
  });

  it("says which board does not answer", async () => {
    const silent = { ...createFakeBoard({ solve: () => new Uint16Array(1), edgesOnBench: 1 }), write: () => undefined };
    const port = steppedPort(silent, "silent");
    const link = openBoardLink(port, { clock: port.clock });
    const system = createBoardSystem({ link, network, wiring, rule, seed: 1 });
    await expect(system.respond(inputs)).rejects.toThrow("No board answers on silent: no answer to 12 HELLO");
    await expect(link.whenReady(Seconds(1))).rejects.toThrow("No board answers on silent within 1 s");
    await link[Symbol.asyncDispose]();
  });
});
