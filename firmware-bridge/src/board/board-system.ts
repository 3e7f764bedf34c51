import { conductanceOf, type Network, powerOfConductances } from "@ohmwork/circuit";
import {
  AbortedError,
  type Batch,
  checkInputs,
  checkLesson,
  checkParameters,
  createBatch,
  createRandom,
  type LearnOptions,
  type LearnProgress,
  type Measured,
  type Random,
  type Revision,
  rowOf,
  rowsOf,
  type SelfLearningSystem,
  throwIfAborted,
} from "@ohmwork/core";
import type { BoardLink } from "../link/board-link.ts";
import { hex } from "../link/hex.ts";
import { defaultLinkTiming } from "../link/link-timing.ts";
import { allOrFirstError } from "./all-or-first-error.ts";
import { checkRule, codes, networkCommands, programCommands, ruleCommand } from "./board-commands.ts";
import { addSums, type LessonSums, lessonCommands, noSums, sourceCodes, sumsOf } from "./board-lesson.ts";
import { boardPorts, codeScale, widestWindow, type WiperWindow } from "./board-scale.ts";
import type { BoardWiring } from "./board-wiring.ts";
import type { BoardRule } from "./reference-step.ts";
import { createToldBoard, type Standing } from "./told-board.ts";

export type BoardSystemOptions = {
  readonly link: BoardLink;
  readonly network: Network;
  readonly wiring: BoardWiring;
  readonly rule: BoardRule;
  /** Seeds the board's random numbers and the start. */
  readonly seed: number;
  /** Position of each wiper at the start. @default where the wipers stand */
  readonly start?: (random: Random) => number;
  /** Wiper window, both ends included. @default that of the network's edges, from the lowest position that the build allows */
  readonly window?: WiperWindow;
  /** Wait between driving and reading [s]. @default 100e-6 */
  readonly settleSeconds?: number;
  /** What a code of 4096 would be [V]. @default 5 */
  readonly supplyVolts?: number;
  /** Presentations after which the state is read back: what a reset of the board costs at most. @default 128 */
  readonly batchSteps?: number;
};

/** Four hexadecimal digits of microseconds. */
const LONGEST_SETTLE = 0.065535;
const LARGEST_BATCH = 65_536;
/** Rows under way to the link at once: it keeps its own window, this bounds memory. */
const ROWS_AT_ONCE = 64;

/**
 * A network on a board as a system that learns by itself. Inputs are the sources, then grounds and rails, whose only value is
 * their own voltage; stages are `nodes`, every node in the order of the network, and `outputs` [V]. A board that starts anew
 * is told everything again and repeats the batch it was at, from where that began: no step counts twice.
 *
 * @throws RangeError when a number of the rule or the settling time does not fit
 */
export function createBoardSystem(options: BoardSystemOptions): SelfLearningSystem {
  const { link, network, wiring, rule, settleSeconds = 100e-6, supplyVolts = 5, batchSteps = 128 } = options;
  checkRule(rule);
  if (!(settleSeconds >= 0 && settleSeconds <= LONGEST_SETTLE)) {
    throw new RangeError(`Settling must take 0 to ${LONGEST_SETTLE} s: ${settleSeconds}`);
  }
  const { circuit } = network;
  const edges = Uint8Array.from(circuit.edges.flatMap(({ from, to }) => [from, to]));
  const edgeCount = circuit.edges.length;
  const nodeCount = circuit.nodes.length;
  const outputNodes = wiring.outputs.map(({ node }) => node);
  const sourceCount = wiring.sources.length;
  const window = { ...widestWindow(network, wiring), ...options.window };
  const scale = codeScale(supplyVolts);
  const ports = boardPorts(network, window, supplyVolts);
  const board = createToldBoard({
    link,
    edgeCount,
    commands: [
      ...networkCommands(wiring, edges),
      `WINDOW ${codes([window.low, window.high])}`,
      ruleCommand(rule),
      `SETTLE ${hex(Math.round(settleSeconds * 1e6), 4)}`,
    ],
    first: firstStanding(options, window),
    // A presentation waits three times at most; what else it does is far below what the link allows any answer.
    answerSeconds: defaultLinkTiming.answerSeconds + 3 * settleSeconds,
  });
  let revision = 0;
  let disposed = false;

  /** What the network takes [W], from measured voltages and the data sheet's resistance at each wiper position: no board has a wattmeter. */
  const powerOfRows = (nodes: Float32Array, count: number): Float32Array => {
    const wipers = board.standing?.wipers ?? new Uint16Array(0);
    const conductances = Float64Array.from(circuit.edges, ({ law }, e) => conductanceOf(law, wipers[e] ?? Number.NaN));
    return Float32Array.from({ length: count }, (_, row) =>
      powerOfConductances(circuit, conductances, Float64Array.from(nodes.subarray(row * nodeCount, (row + 1) * nodeCount))),
    );
  };

  const usable = (signal: AbortSignal | undefined): void => {
    throwIfAborted(signal, "The call");
    if (disposed) throw new AbortedError(`The board on ${link.name}`);
  };

  /** One batch of presentations, and how it went. */
  const present = async (commands: readonly string[], labels: readonly Float32Array[]): Promise<LessonSums> =>
    board.work(async () => {
      const answers = await allOrFirstError(commands.map(async (command) => board.ask(command)));
      const standing = await board.readStanding();
      const result = noSums();
      for (const [i, fields] of answers.entries()) {
        addSums(result, sumsOf(board.numbers("LEARN", fields, outputNodes.length + 2), labels[i] as Float32Array, scale));
      }
      return { result, standing };
    });

  async function* learn(inputs: Batch, labels: Batch, learnOptions: LearnOptions): AsyncGenerator<LearnProgress> {
    const { steps, reportEvery = 500, signal } = learnOptions;
    usable(signal);
    const count = checkLesson(ports, inputs, labels, { steps, reportEvery });
    const commands = lessonCommands(inputs, labels, sourceCount, scale);
    let step = 0;
    while (step < steps) {
      const end = Math.min(steps, step + reportEvery - (step % reportEvery));
      const total = noSums();
      while (step < end) {
        usable(signal);
        const rows = Array.from({ length: Math.min(batchSteps, end - step) }, (_, i) => (step + i) % count);
        const sums = await present(
          rows.map((row) => commands[row] as string),
          rows.map((row) => rowOf(labels, row)),
        );
        addSums(total, sums);
        step += rows.length;
      }
      if (total.moved > 0) revision += 1;
      const error = total.labelled === 0 ? 0 : total.squared / total.labelled;
      yield { step, error, taught: total.taught, revision: revision as Revision };
    }
  }

  return {
    ports,
    traits: { repeatable: false, remote: true, largestBatch: LARGEST_BATCH },
    stages: [
      { name: "nodes", width: nodeCount },
      { name: "outputs", width: outputNodes.length },
    ],
    program: async (parameters, call) => {
      usable(call?.signal);
      checkParameters(ports.parameters, parameters);
      const wipers = Uint16Array.from(parameters, Math.round);
      await board.work(async () => {
        for (const command of programCommands(wipers)) await board.ask(command);
        return { result: undefined, standing: { ...(board.standing as Standing), wipers } };
      });
      revision += 1;
      return revision as Revision;
    },
    respond: async (inputs, call): Promise<Measured> => {
      usable(call?.signal);
      checkInputs(ports.inputs, inputs, LARGEST_BATCH);
      const { count } = rowsOf(inputs);
      const nodes = new Float32Array(count * nodeCount);
      for (let start = 0; start < count; start += ROWS_AT_ONCE) {
        usable(call?.signal);
        const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - start) }, (_, i) => start + i);
        const answers = await board.work(async () => ({
          result: await allOrFirstError(
            rows.map((row) => board.ask(`RESPOND ${sourceCodes(rowOf(inputs, row), sourceCount, scale)}`)),
          ),
        }));
        for (const [i, fields] of answers.entries()) {
          nodes.set(board.numbers("RESPOND", fields, nodeCount).map(scale.volts), (start + i) * nodeCount);
        }
      }
      const outputs = new Float32Array(count * outputNodes.length);
      for (let i = 0; i < outputs.length; i += 1) {
        const row = Math.floor(i / outputNodes.length);
        outputs[i] = nodes[row * nodeCount + (outputNodes[i % outputNodes.length] as number)] as number;
      }
      return {
        revision: revision as Revision,
        stages: { nodes: createBatch(nodes, [count, nodeCount]), outputs: createBatch(outputs, [count, outputNodes.length]) },
        powerWatts: powerOfRows(nodes, count),
      };
    },
    learn,
    parameters: async () => {
      usable(undefined);
      const { wipers } = await board.work(async () => ({ result: board.standing as Standing }));
      return { revision: revision as Revision, values: Float32Array.from(wipers) };
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      board.dispose();
    },
  };
}

/** Where a board is to stand at first: wipers drawn if a start is given, the random numbers always. */
function firstStanding({ seed, start, network }: BoardSystemOptions, { low, high }: WiperWindow): Standing {
  const random = createRandom(seed, "board").uint32() || 1;
  if (start === undefined) return { wipers: new Uint16Array(0), random };
  const draw = createRandom(seed, "start");
  const position = (): number => Math.min(high, Math.max(low, Math.round(start(draw))));
  return { wipers: Uint16Array.from({ length: network.circuit.edges.length }, position), random };
}
