import { bench16Build } from "@ohmwork/bench-16";
import { BadInputError, Seconds } from "@ohmwork/core";
import {
  type BoardLink,
  createBoardSystem,
  createVirtualBoard,
  openBoardLink,
  serialPort,
  steppedPort,
  typicalBench,
  wiringOf,
} from "@ohmwork/firmware-bridge";
import type { Board } from "@ohmwork/recipes";
import { systemClock } from "@ohmwork/runtime";
import { boardRule } from "./board-rule.ts";

/** A board that answers, as recipes take one. Disposed by whoever opened it, after the system on it. */
export type OpenBoard = AsyncDisposable & {
  readonly board: Board;
  readonly link: BoardLink;
  /** Time of the board itself so far [s]: emulated time of the virtual board, time on the wall of a real one. */
  boardSeconds(): number;
  /** Starts a stop-watch of that time; it gives what a result says of the board after that many presentations. */
  startTiming(): (steps: number) => OnBoard;
};

/** What a result says of the board it was learned on. */
export type OnBoard = {
  readonly board: string;
  /** Version and build of the firmware. */
  readonly firmware: string;
  readonly boardSeconds: number;
  readonly stepsPerBoardSecond: number;
};

export function onBoardLine({ board, firmware, boardSeconds, stepsPerBoardSecond }: OnBoard): string {
  const pace = `${boardSeconds.toFixed(1)} s of its own time, ${stepsPerBoardSecond.toFixed(0)} presentations a second`;
  return `On board ${board}, firmware ${firmware}: ${pace}, measurements included`;
}

/** As `openBoard`; undefined for `simulated`. */
export async function openBoardOrSimulation(name: string, seed: number): Promise<OpenBoard | undefined> {
  return name === "simulated" ? undefined : openBoard(name, seed);
}

const SUPPLY_VOLTS = 5;
/** Longer than a bootloader waits after the reset that opening the port causes. */
const READY_SECONDS = Seconds(5);

/**
 * Opens the board with a name: `virtual`, or a serial port such as /dev/ttyACM0.
 *
 * @throws BadInputError when the name is neither
 * @throws BoardUnreachableError when nothing answers
 */
export async function openBoard(name: string, seed: number): Promise<OpenBoard> {
  const stack = new AsyncDisposableStack();
  try {
    const { link, boardSeconds } = name === "virtual" ? openVirtual(stack, seed) : openSerial(stack, name);
    await link.whenReady(READY_SECONDS);
    const onward = stack.move();
    const board: Board = {
      systemName: "bench-16",
      imperfections: name === "virtual" ? typicalBench : {},
      createSystem: ({ network, rule, seed: systemSeed }) =>
        createBoardSystem({
          link,
          network,
          wiring: wiringOf(bench16Build, network),
          rule: boardRule(rule, SUPPLY_VOLTS),
          seed: systemSeed,
          start: (random) => 257 * (0.4 + 0.2 * random.uniform()),
        }),
    };
    const startTiming = (): ((steps: number) => OnBoard) => {
      const started = boardSeconds();
      return (steps) => {
        const seconds = boardSeconds() - started;
        const { version = "unknown", build = "" } = link.identity ?? {};
        const firmware = `${version} ${build}`.trim();
        return { board: name, firmware, boardSeconds: seconds, stepsPerBoardSecond: steps / seconds };
      };
    };
    return { board, link, boardSeconds, startTiming, [Symbol.asyncDispose]: () => onward.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

type Opened = { link: BoardLink; boardSeconds: () => number };

/** The clock of the link is the board's own, so that a run depends on its seed alone. */
function openVirtual(stack: AsyncDisposableStack, seed: number): Opened {
  const virtual = stack.use(createVirtualBoard({ seed, imperfections: typicalBench }));
  const port = steppedPort(virtual);
  const link = stack.use(openBoardLink(port, { clock: port.clock }));
  return { link, boardSeconds: () => virtual.boardSeconds() };
}

function openSerial(stack: AsyncDisposableStack, path: string): Opened {
  if (!/^(\/dev\/\S+|COM\d+)$/.test(path)) {
    throw new BadInputError(`Unknown board "${path}", expected simulated, virtual or a serial port such as /dev/ttyACM0`);
  }
  const link = stack.use(openBoardLink(serialPort(path), { clock: systemClock }));
  const opened = systemClock.monotonic();
  return { link, boardSeconds: () => systemClock.monotonic() - opened };
}
