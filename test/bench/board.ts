import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { batchOf, createRandom } from "@ohmwork/core";
import {
  type BusSeconds,
  createBoardSystem,
  createVirtualBoard,
  openBoardLink,
  steppedPort,
  type VirtualBoard,
  wiringOf,
} from "@ohmwork/firmware-bridge";
import { workspaceVersion } from "./workspace-version.ts";

export type BoardBenchOptions = {
  /** Presentations learned, and responses asked for, at each setting. @default 1000 */
  readonly presentations?: number;
  /** Lines under way at each setting. @default 1, 2, 3, 4 */
  readonly windows?: readonly number[];
  /** Called with each line of progress. */
  readonly progress?: (line: string) => void;
};

const SETTLE_SECONDS = 100e-6;
/** Board time that an idle board is run for [s]. */
const IDLE_SECONDS = 2;
const SEED = 1;
const rule = { kind: "tick-probability", contrast: "free-clamped", eta: 128, gain: 640, tolerance: 0, averages: 1 } as const;
const network = parseNetwork(bench16Netlist);

/** What a stretch of work took, in board time and in processor time of this machine. */
type Stretch = { readonly boardSeconds: number; readonly processorSeconds: number; readonly bus: BusSeconds };

async function measured(board: VirtualBoard, work: () => Promise<void>): Promise<Stretch> {
  const before = board.busSeconds();
  const from = board.boardSeconds();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  const after = board.busSeconds();
  const bus = Object.fromEntries(Object.entries(after).map(([what, value]) => [what, value - before[what as keyof BusSeconds]]));
  return { boardSeconds: board.boardSeconds() - from, processorSeconds: (user + system) / 1e6, bus: bus as BusSeconds };
}

/** Milliseconds of one presentation: `waits` times the settling, buses as seen on their pins, and the program for the rest. */
function shares({ boardSeconds, bus }: Stretch, presentations: number, waits: number): Record<string, number> {
  const each = (seconds: number): number => Math.round((seconds / presentations) * 1e6) / 1e3;
  const settling = waits * SETTLE_SECONDS * presentations;
  const { converter, pots, dacs, receive, transmit } = bus;
  return {
    all: each(boardSeconds),
    receive: each(receive),
    transmit: each(transmit),
    dacs: each(dacs),
    settling: each(settling),
    conversion: each(converter),
    wipers: each(pots),
    program: each(boardSeconds - settling - converter - pots - dacs),
  };
}

async function atWindow(window: number, presentations: number): Promise<object> {
  const board = createVirtualBoard({ seed: SEED });
  await using _ = board;
  const port = steppedPort(board);
  await using link = openBoardLink(port, { clock: port.clock, timing: { window } });
  await using system = createBoardSystem({
    link,
    network,
    wiring: wiringOf(bench16Build, network),
    rule,
    seed: SEED,
    start: () => 128,
    settleSeconds: SETTLE_SECONDS,
  });
  const random = createRandom(SEED, "board bench");
  const inputs = batchOf(Array.from({ length: 64 }, () => [...Array.from({ length: 4 }, () => 4.9 * random.uniform()), 0, 5]));
  const labels = batchOf(Array.from({ length: 64 }, () => [0.5 + 4 * random.uniform()]));
  const learn = async (steps: number): Promise<void> => {
    for await (const progress of system.learn(inputs, labels, { steps, reportEvery: steps })) void progress;
  };
  await learn(64); // describes the network, warms up
  const learning = await measured(board, () => learn(presentations));
  const responding = await measured(board, async () => {
    for (let done = 0; done < presentations; done += 64) await system.respond(inputs);
  });
  const responses = Math.ceil(presentations / 64) * 64;
  return {
    linesUnderWay: window,
    stepsPerBoardSecond: presentations / learning.boardSeconds,
    responsesPerBoardSecond: responses / responding.boardSeconds,
    timesRealTime: learning.boardSeconds / learning.processorSeconds,
    learnMilliseconds: shares(learning, presentations, 2),
    respondMilliseconds: shares(responding, responses, 1),
    wrongBusUse: board.faultsSeen(),
  };
}

/**
 * How fast the board learns and answers by its own clock, where its time goes, and how many times faster than real time it is
 * emulated (board time over processor time). Lines overlap with work where more than one is under way.
 */
export async function runBoardBench(options: BoardBenchOptions = {}): Promise<object> {
  const { presentations = 1000, windows = [1, 2, 3, 4], progress = () => {} } = options;
  progress("idle board");
  const idle = createVirtualBoard();
  idle.runFor(IDLE_SECONDS / 4);
  const { processorSeconds } = await measured(idle, async () => idle.runFor(IDLE_SECONDS));
  const settings: object[] = [];
  for (const window of windows) {
    progress(`${window} line${window === 1 ? "" : "s"} under way`);
    settings.push(await atWindow(window, presentations));
  }
  return {
    schema: "ohmwork.bench.board/1",
    version: workspaceVersion(),
    task: "bench",
    system: "bench-16",
    rule: rule.kind,
    seed: SEED,
    idleTimesRealTime: IDLE_SECONDS / processorSeconds,
    wantedStepsPerBoardSecond: 150,
    settleSeconds: SETTLE_SECONDS,
    settings,
  };
}
