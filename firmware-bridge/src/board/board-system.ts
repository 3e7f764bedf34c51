import { conductanceOf, type Network, parameterRange, powerOfConductances } from "@ohmwork/circuit";
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
  type Port,
  type Random,
  type Revision,
  rowOf,
  rowsOf,
  type SelfLearningSystem,
  throwIfAborted,
} from "@ohmwork/core";
import type { BoardLink } from "../link/board-link.ts";
import { hex, parseHex } from "../link/hex.ts";
import { BoardRefusedError, BoardResetError } from "../link/link-errors.ts";
import { defaultLinkTiming } from "../link/link-timing.ts";
import { checkRule, codes, networkCommands, PER_LINE, programCommands, ruleCommand } from "./board-commands.ts";
import type { BoardWiring } from "./board-wiring.ts";
import { createExclusive } from "./exclusive.ts";
import type { BoardRule } from "./reference-step.ts";

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
  readonly window?: { readonly low: number; readonly high: number };
  /** Wait between driving and reading [s]. @default 100e-6 */
  readonly settleSeconds?: number;
  /** What a code of 4096 would be [V]. @default 5 */
  readonly supplyVolts?: number;
  /** Presentations after which the state is read back: what a reset of the board costs at most. @default 128 */
  readonly batchSteps?: number;
};

/** Where a board stands: what a reset brings it back to. */
type Standing = { readonly wipers: Uint16Array; readonly random: number };

/** Resets in the middle of one piece of work before it is given up. */
const MOST_RESETS = 10;
const CODES = 4096;
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
  const { link, network, wiring, rule, seed, settleSeconds = 100e-6, supplyVolts = 5, batchSteps = 128 } = options;
  checkRule(rule);
  if (!(settleSeconds >= 0 && settleSeconds <= LONGEST_SETTLE)) {
    throw new RangeError(`Settling must take 0 to ${LONGEST_SETTLE} s: ${settleSeconds}`);
  }
  const { circuit, roles } = network;
  const range = circuit.edges.map(({ law }) => parameterRange(law));
  const low = options.window?.low ?? Math.max(wiring.lowestPosition, ...range.map((one) => one?.min ?? 1));
  const high = options.window?.high ?? Math.min(256, ...range.map((one) => one?.max ?? 256));
  const edges = Uint8Array.from(circuit.edges.flatMap(({ from, to }) => [from, to]));
  const edgeCount = circuit.edges.length;
  const nodeCount = circuit.nodes.length;
  const outputNodes = wiring.outputs.map(({ node }) => node);
  const sourceCount = wiring.sources.length;

  const volts = (code: number): number => (code / CODES) * supplyVolts;
  const codeOf = (value: number): number => Math.min(CODES - 1, Math.max(0, Math.round((value / supplyVolts) * CODES)));
  const ports = {
    inputs: [...roles.sources, ...roles.grounds, ...roles.rails].map((name): Port => {
      const min = roles.rails.includes(name) ? supplyVolts : 0;
      return { name, unit: "V", size: 1, min, max: roles.grounds.includes(name) ? 0 : supplyVolts };
    }),
    parameters: circuit.edges.map(({ name }): Port => ({
      name,
      unit: "position",
      size: 1,
      min: low,
      max: high,
      levels: high - low + 1,
    })),
    outputs: roles.outputs.map((name): Port => ({ name, unit: "V", size: 1, min: 0, max: supplyVolts })),
  };

  /** What the network takes [W], from measured voltages and the data sheet's resistance at each wiper position: no board has a wattmeter. */
  const powerOfRows = (nodes: Float32Array, count: number): Float32Array => {
    const wipers = standing?.wipers ?? new Uint16Array(0);
    const conductances = Float64Array.from(circuit.edges, ({ law }, e) => conductanceOf(law, wipers[e] ?? Number.NaN));
    return Float32Array.from({ length: count }, (_, row) =>
      powerOfConductances(circuit, conductances, Float64Array.from(nodes.subarray(row * nodeCount, (row + 1) * nodeCount))),
    );
  };

  const exclusive = createExclusive();
  let standing: Standing | undefined;
  /** The board knows its network and stands where `standing` says. */
  let isTold = false;
  let revision = 0;
  let disposed = false;
  let resets = 0;
  /** Value of `resets` when the present piece of work began. */
  let resetsBefore = 0;
  const forget = link.onEvent(({ kind }) => {
    if (kind === "reset") resets += 1;
  });

  // A presentation waits three times at most; what else it does is far below what the link allows any answer.
  const answerSeconds = defaultLinkTiming.answerSeconds + 3 * settleSeconds;
  const ask = async (command: string): Promise<readonly string[]> => {
    // The board may start anew between an answer and the next command: that one must not reach a board that knows nothing.
    if (resets !== resetsBefore)
      throw new BoardResetError(`Board on ${link.name} started anew before ${command}`, { port: link.name });
    return link.request(command, { seconds: answerSeconds });
  };
  const numbers = (command: string, fields: readonly string[], count: number): number[] => {
    const values = fields.map((field) => parseHex(field) ?? -1);
    if (values.length === count && values.every((value) => value >= 0)) return values;
    const details = { command, refusal: "ANSWER", detail: fields.join(" ") };
    throw new BoardRefusedError(
      `Board on ${link.name} answered ${command} with "${details.detail}", expected ${count} numbers`,
      details,
    );
  };

  const readStanding = async (): Promise<Standing> => {
    const answers: (readonly string[])[] = [];
    for (let first = 0; first < edgeCount; first += PER_LINE) answers.push(await ask(`READ ${hex(first, 2)}`));
    const state = await ask("STATE");
    // A board that started anew unheard has answered, but of another state: its epoch says so before anything is believed.
    await ask("HELLO");
    const wipers = new Uint16Array(edgeCount);
    for (const [i, fields] of answers.entries()) {
      const first = i * PER_LINE;
      const count = Math.min(PER_LINE, edgeCount - first);
      wipers.set(numbers("READ", fields.slice(0, count), count), first);
    }
    const [random = 0] = numbers("STATE", state, 2);
    return { wipers, random };
  };

  const tell = async (): Promise<void> => {
    const before: Standing = standing ?? firstStanding();
    // One after the other: a line that is repeated must not come after one that builds on it.
    for (const command of networkCommands(wiring, edges)) await ask(command);
    await ask(`WINDOW ${codes([low, high])}`);
    await ask(ruleCommand(rule));
    await ask(`SETTLE ${hex(Math.round(settleSeconds * 1e6), 4)}`);
    await ask(`SEED ${hex(before.random, 8)}`);
    for (const command of programCommands(before.wipers)) await ask(command);
    standing = await readStanding();
    isTold = true;
  };
  const firstStanding = (): Standing => {
    const random = createRandom(seed, "board").uint32() || 1;
    const { start } = options;
    if (start === undefined) return { wipers: new Uint16Array(0), random };
    const draw = createRandom(seed, "start");
    const position = (): number => Math.min(high, Math.max(low, Math.round(start(draw))));
    return { wipers: Uint16Array.from({ length: edgeCount }, position), random };
  };

  /** Does work on a board that knows its network, again from the start whenever the board started anew meanwhile. */
  const onBoard = async <T>(work: () => Promise<T>): Promise<T> =>
    exclusive(async () => {
      for (let tries = 1; ; tries += 1) {
        if (resets !== resetsBefore) isTold = false;
        resetsBefore = resets;
        try {
          if (!isTold) await tell();
          return await work();
        } catch (error) {
          // Whatever was under way may have been carried out in part: the next one begins from what is known.
          isTold = false;
          if (!(error instanceof BoardResetError) || tries > MOST_RESETS || disposed) throw error;
        }
      }
    });

  const usable = (signal: AbortSignal | undefined): void => {
    throwIfAborted(signal, "The call");
    if (disposed) throw new AbortedError(`The board on ${link.name}`);
  };
  const sourceCodes = (row: Float32Array): string => codes(Array.from(row.subarray(0, sourceCount), codeOf));

  /** One batch of presentations, and how it went. */
  const present = async (
    commands: readonly string[],
    labels: readonly Float32Array[],
  ): Promise<{ squared: number; labelled: number; taught: number; moved: number }> => {
    const answers = await allOrFirstError(commands.map(ask));
    standing = await readStanding();
    const sums = { squared: 0, labelled: 0, taught: 0, moved: 0 };
    for (const [i, fields] of answers.entries()) {
      const values = numbers("LEARN", fields, outputNodes.length + 2);
      for (const [k, label] of (labels[i] as Float32Array).entries()) {
        if (Number.isNaN(label)) continue;
        sums.squared += (label - volts(values[k] as number)) ** 2;
        sums.labelled += 1;
      }
      if ((values.at(-2) as number) > 0) sums.taught += 1;
      sums.moved += values.at(-1) as number;
    }
    return sums;
  };

  async function* learn(inputs: Batch, labels: Batch, learnOptions: LearnOptions): AsyncGenerator<LearnProgress> {
    const { steps, reportEvery = 500, signal } = learnOptions;
    usable(signal);
    const count = checkLesson(ports, inputs, labels, { steps, reportEvery });
    const commands = Array.from({ length: count }, (_, row) => {
      const wanted = Array.from(rowOf(labels, row), (label) => (Number.isNaN(label) ? -1 : codeOf(label)));
      return `LEARN ${sourceCodes(rowOf(inputs, row))} ${codes(wanted)}`;
    });
    let step = 0;
    while (step < steps) {
      const end = Math.min(steps, step + reportEvery - (step % reportEvery));
      const total = { squared: 0, labelled: 0, taught: 0, moved: 0 };
      while (step < end) {
        usable(signal);
        const length = Math.min(batchSteps, end - step);
        const rows = Array.from({ length }, (_, i) => (step + i) % count);
        const sums = await onBoard(async () =>
          present(
            rows.map((row) => commands[row] as string),
            rows.map((row) => rowOf(labels, row)),
          ),
        );
        for (const key of ["squared", "labelled", "taught", "moved"] as const) total[key] += sums[key];
        step += length;
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
      await onBoard(async () => {
        for (const command of programCommands(wipers)) await ask(command);
        standing = { ...(standing as Standing), wipers };
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
        const answers = await onBoard(async () =>
          allOrFirstError(rows.map(async (row) => ask(`RESPOND ${sourceCodes(rowOf(inputs, row))}`))),
        );
        for (const [i, fields] of answers.entries()) {
          nodes.set(numbers("RESPOND", fields, nodeCount).map(volts), (start + i) * nodeCount);
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
      const { wipers } = await onBoard(async () => standing as Standing);
      return { revision: revision as Revision, values: Float32Array.from(wipers) };
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      forget();
    },
  };
}

/** All results, or the first error once every promise has settled: nothing goes on behind the caller's back. */
async function allOrFirstError<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
