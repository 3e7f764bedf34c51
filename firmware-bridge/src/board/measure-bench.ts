import { AbortedError, throwIfAborted } from "@ohmwork/core";
import type { BoardLink } from "../link/board-link.ts";
import { hex, parseHex } from "../link/hex.ts";
import { BoardRefusedError } from "../link/link-errors.ts";
import { codes, networkCommands, programCommands } from "./board-commands.ts";
import type { BoardWiring } from "./board-wiring.ts";
import { readWipers } from "./read-wipers.ts";
import { type BenchParts, type BenchTrial, TOP_POSITION } from "./bench-model.ts";

/** A part of the walk over a bench, told before it is taken. */
export type BenchStep = "chip selects" | "sources" | "edges" | "clamp";

/** One presentation that clamps the output: what it should have done to the wipers is for the model to say. */
type ClampTrial = {
  /** Voltage of the output left free, and what it was clamped to [V]. */
  readonly free: BenchTrial;
  readonly clamped: BenchTrial;
  /** By how many positions each wiper moved. */
  readonly moves: readonly number[];
};

/** What a bench answered, in volts and positions. */
export type BenchMeasurements = {
  /** Chips of which a wiper did not read back as written. */
  readonly silentPots: readonly string[];
  /** DAC that does not acknowledge, counted from 1; nothing can be measured then. */
  readonly silentDac: number | undefined;
  readonly trials: readonly BenchTrial[];
  /** Voltage read at each node [trials, nodes] V. */
  readonly readings: Float64Array;
  readonly clampTrials: readonly ClampTrial[];
};

export type MeasureOptions = {
  readonly onStep?: (step: BenchStep) => void;
  readonly signal?: AbortSignal;
};

const CODES = 4096;
/** Position at which an edge conducts well [6 kΩ], far from what harms a chip. */
const LOW_POSITION = 16;
const MIDDLE_POSITION = 128;
/** Longer than any node takes to settle with all wipers at the top [µs]. */
const SETTLE_MICROSECONDS = 500;
/** Voltages of the sources, as shares of the supply: four that differ, in two orders, so that every edge has current in one. */
const PATTERNS = [
  [0.9, 0.1, 0.7, 0.3],
  [0.1, 0.7, 0.3, 0.9],
] as const;
/** Shares of the supply to which the output is clamped. */
const CLAMPS = [0.85, 0.15] as const;
/** Wipers move for certain where the clamp changes the square of a drop by half a square volt. */
const CLAMP_RULE = "RULE P F FF FFFF 000 000 000 000 4";

/**
 * Walks a bench: selects every chip, drives every source, moves one wiper at a time, closes the clamp. Wipers are put back
 * where they stood when all of them could be read; the network that the board knew is forgotten.
 *
 * @throws BoardRefusedError, BoardResetError or BoardUnreachableError when the board itself does not play along
 * @throws AbortedError when the signal fires; the board makes itself safe, wipers stay where the test had them
 */
export async function measureBench(
  link: BoardLink,
  parts: BenchParts,
  wiring: BoardWiring,
  options: MeasureOptions = {},
): Promise<BenchMeasurements> {
  const { onStep = () => undefined, signal } = options;
  const { circuit, roles } = parts.network;
  const edgeCount = circuit.edges.length;
  const ask = async (command: string): Promise<readonly string[]> => {
    try {
      return await link.request(command, signal === undefined ? {} : { signal });
    } catch (error) {
      if (error instanceof AbortedError) throw new AbortedError("The test of the bench", { cause: error });
      throw error;
    }
  };
  const program = async (wipers: Uint16Array): Promise<void> => {
    for (const command of programCommands(wipers)) await ask(command);
  };
  /** The same on a bench whose chips may not answer: READ names them. */
  const tryProgram = async (wipers: Uint16Array): Promise<void> => {
    try {
      await program(wipers);
    } catch (error) {
      if (!(error instanceof BoardRefusedError) || error.details.refusal !== "CHIP") throw error;
    }
  };
  const codeOf = (volts: number): number => Math.round((volts / parts.supplyVolts) * CODES);
  const voltsOf = (code: number): number => (code / CODES) * parts.supplyVolts;
  const share = (of: number): number => voltsOf(Math.round(of * CODES));

  let before: Uint16Array | undefined;
  const silentPots = new Set<string>();
  const trials: BenchTrial[] = [];
  const readings: number[] = [];
  const respond = async (wipers: Uint16Array, shares: readonly number[]): Promise<void> => {
    throwIfAborted(signal, "The test of the bench");
    const sources = roles.sources.map((_, k) => share(shares[k % shares.length] as number));
    const fields = await ask(`RESPOND ${codes(sources.map(codeOf))}`);
    trials.push({ wipers, sources });
    readings.push(...fields.map((field) => voltsOf(parseHex(field) ?? Number.NaN)));
  };
  const clampTrials: ClampTrial[] = [];
  let silentDac: number | undefined;
  try {
    for (const command of networkCommands(wiring, Uint8Array.from(circuit.edges.flatMap(({ from, to }) => [from, to])))) {
      await ask(command);
    }
    await ask(`WINDOW ${codes([wiring.lowestPosition, TOP_POSITION])}`);
    await ask(`SETTLE ${hex(SETTLE_MICROSECONDS, 4)}`);
    before = await readAll(ask, edgeCount);

    onStep("chip selects");
    for (const low of [0, 1]) {
      // Neighbours differ, and every wiper holds both values in turn: a chip that repeats what another was told is seen.
      const wipers = Uint16Array.from({ length: edgeCount }, (_, e) => ((e + (e >> 1)) % 2 === low ? 85 : 170) + e);
      await tryProgram(wipers);
      for (const edge of await edgesThatDisagree(ask, edgeCount)) silentPots.add(parts.pots[edge >> 1] as string);
    }
    // A board presents nothing to wipers that are not where they should be.
    if (silentPots.size > 0)
      return { silentPots: [...silentPots], silentDac, trials, readings: new Float64Array(0), clampTrials };

    onStep("sources");
    const top = new Uint16Array(edgeCount).fill(TOP_POSITION);
    await program(top);
    await respond(top, [0]);
    for (const [k] of roles.sources.entries())
      await respond(
        top,
        roles.sources.map((_, other) => (other === k ? 0.9 : 0)),
      );
    for (const pattern of PATTERNS) await respond(top, pattern);

    onStep("edges");
    for (let edge = 0; edge < edgeCount; edge += 1) {
      const wipers = top.slice();
      wipers[edge] = LOW_POSITION;
      await program(wipers);
      for (const pattern of PATTERNS) await respond(wipers, pattern);
    }

    onStep("clamp");
    await ask(CLAMP_RULE);
    await ask("SEED 00000001");
    const wipers = new Uint16Array(edgeCount).fill(MIDDLE_POSITION);
    const sources = roles.sources.map((_, k) => share(PATTERNS[0][k % 4] as number));
    for (const to of CLAMPS) {
      await program(wipers);
      const label = roles.outputs.map(() => share(to));
      await ask(`LEARN ${codes(sources.map(codeOf))} ${codes(label.map(codeOf))}`);
      const after = await readAll(ask, edgeCount);
      const moves = Array.from(wipers, (position, e) => (after?.[e] ?? position) - position);
      clampTrials.push({ free: { wipers, sources }, clamped: { wipers, sources, clamps: label }, moves });
    }
  } catch (error) {
    if (!(error instanceof BoardRefusedError) || error.details.refusal !== "DAC") throw error;
    silentDac = parseHex(error.details.detail.split(" ")[0] ?? "") ?? 0;
  }

  if (before !== undefined) {
    await program(before.map((position) => Math.max(wiring.lowestPosition, position)));
  }
  try {
    await ask("SAFE");
  } catch (error) {
    if (!(error instanceof BoardRefusedError) || error.details.refusal !== "DAC") throw error;
    silentDac ??= parseHex(error.details.detail.split(" ")[0] ?? "") ?? 0;
  }
  return { silentPots: [...silentPots], silentDac, trials, readings: Float64Array.from(readings), clampTrials };
}

type Ask = (command: string) => Promise<readonly string[]>;

/** Positions of all wipers; undefined when a chip does not answer. */
async function readAll(ask: Ask, edges: number): Promise<Uint16Array | undefined> {
  try {
    return await readWipers(ask, edges);
  } catch (error) {
    if (error instanceof BoardRefusedError && error.details.refusal === "CHIP") return undefined;
    throw error;
  }
}

/** Edges whose wiper does not read back as written, one of each chip: READ stops at the first one. */
async function edgesThatDisagree(ask: Ask, edges: number): Promise<number[]> {
  const found: number[] = [];
  for (let first = 0; first < edges;) {
    try {
      first += (await ask(`READ ${hex(first, 2)}`)).length;
    } catch (error) {
      if (!(error instanceof BoardRefusedError) || error.details.refusal !== "CHIP") throw error;
      const edge = parseHex(error.details.detail.split(" ")[0] ?? "") ?? first;
      found.push(edge);
      first = (edge | 1) + 1;
    }
  }
  return found;
}
