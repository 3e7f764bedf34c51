import { BadInputError, throwIfAborted } from "@ohmwork/core";
import type { SimulatedSystem } from "./declared-gap.ts";
import { createSimulatedSystem } from "./simulated-system.ts";
import { portsOfDeck, type SpiceDeck, type SpiceReadPort, type SpiceSetPort, withParameters } from "./spice-deck.ts";

/** Vectors of an analysis by name in lower case: `v(node)`, `i(vsource)`, `time`. */
export type SpiceVectors = ReadonlyMap<string, readonly number[]>;

/** `name` is what messages call the netlist. */
export type SpiceCall = { readonly name?: string; readonly signal?: AbortSignal };

/** What runs SPICE netlists, one after the other: ngspice in WebAssembly, or a process. */
export interface SpiceEngine {
  /**
   * @throws BadInputError with what it said when it found no answer
   * @throws DeadlineExceededError when the engine has a limit, and the netlist took longer
   * @throws AbortedError when the signal fires
   */
  run(netlist: string, call?: SpiceCall): Promise<SpiceVectors>;
  /** Many at once, where that is faster. */
  runAll?(netlists: readonly string[], call?: SpiceCall): Promise<readonly SpiceVectors[]>;
}

/** So many decks are run between two looks at whether the work was stopped. */
const ROWS_AT_ONCE = 128;

async function runRows(engine: SpiceEngine, netlists: readonly string[], call: SpiceCall): Promise<readonly SpiceVectors[]> {
  if (engine.runAll !== undefined) return engine.runAll(netlists, call);
  const made: SpiceVectors[] = [];
  for (const netlist of netlists) made.push(await engine.run(netlist, call));
  return made;
}

/**
 * Any SPICE netlist as a physical system: every row of inputs is one run of the deck. Parameters are those of the deck until they
 * are programmed. Calls queue up for the engine; it must not be given to another system at the same time.
 *
 * Where an output has several times, it has that many values, read between the points of the transient by straight lines.
 */
export function createSpiceSystem(deck: SpiceDeck, engine: SpiceEngine): SimulatedSystem {
  let programmed: readonly (readonly [string, number])[] = [];
  let running: Promise<unknown> = Promise.resolve();
  const settings = (ports: readonly SpiceSetPort[], values: Float32Array): (readonly [string, number])[] =>
    ports.map(({ parameter }, i) => [parameter, values[i] as number]);
  const answer = async (inputs: Float32Array, rows: number, signal: AbortSignal | undefined): Promise<Float32Array> => {
    const parameters = programmed;
    const width = deck.inputs.length;
    const netlists = Array.from({ length: rows }, (_, row) => {
      const drives = settings(deck.inputs, inputs.subarray(row * width, (row + 1) * width));
      return withParameters(deck.netlist, [...parameters, ...drives]);
    });
    const call = { name: deck.name, ...(signal === undefined ? {} : { signal }) };
    const answers: number[] = [];
    for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
      throwIfAborted(signal, "A measurement");
      for (const vectors of await runRows(engine, netlists.slice(row, row + ROWS_AT_ONCE), call))
        answers.push(...deck.outputs.flatMap((port) => readPort(port, vectors)));
    }
    return Float32Array.from(answers);
  };
  return createSimulatedSystem({
    ports: portsOfDeck(deck),
    stage: "outputs",
    gap: [],
    program: (parameters) => void (programmed = settings(deck.parameters, parameters)),
    respond: (inputs, rows, _calls, signal) => {
      const answers = running.then(() => answer(inputs, rows, signal));
      running = answers.catch(() => undefined); // its own caller hears of it; the next one may still run
      return answers;
    },
  });
}

function vectorOf(name: string, vectors: SpiceVectors): readonly number[] {
  const values = vectors.get(name.toLowerCase());
  if (values === undefined)
    throw new BadInputError(`Deck gives no vector ${name}: expected one of ${[...vectors.keys()].join(", ")}`);
  return values;
}

function readPort({ vector, atSeconds }: SpiceReadPort, vectors: SpiceVectors): number[] {
  const values = vectorOf(vector, vectors);
  if (atSeconds === undefined) return [values.at(-1) as number];
  const times = vectorOf("time", vectors);
  return atSeconds.map((at) => {
    const after = times.findIndex((time) => time >= at);
    const end = times.at(-1) as number;
    // A transient's last point may stop a rounding short of its end.
    if (after === -1 && at <= end * (1 + 1e-9)) return values.at(-1) as number;
    if (after === -1) throw new BadInputError(`Deck's transient ends at ${end} s: output ${vector} is read at ${at} s`);
    if (after === 0) return values[0] as number;
    const before = after - 1;
    const share = (at - (times[before] as number)) / ((times[after] as number) - (times[before] as number));
    return (values[before] as number) * (1 - share) + (values[after] as number) * share;
  });
}
