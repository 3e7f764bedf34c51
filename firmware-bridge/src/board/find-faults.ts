import type { BenchFault } from "./bench-fault.ts";
import { type BenchModel, type BenchParts, createBenchModel } from "./bench-model.ts";
import { costAsDrawn, fitBench } from "./fit-bench.ts";
import type { BenchMeasurements } from "./measure-bench.ts";

/** Mean squared deviation, in standard deviations, up to which readings count as explained. */
const EXPLAINED = 3;
/** Faults that are looked for one on top of the other: with more, readings no longer tell them apart. */
const MOST_FAULTS = 2;
/** Explanations whose resistances are fitted: the closest with those of the data sheet. */
const FITTED = 16;
/** Explanations that are followed further when one fault is not enough. */
const BEAM = 6;
/** A further fault must explain this many times more. */
const WORTH = 1.15;
/** What certainly moves a wiper [V²], by the rule that the measurement gave. */
const CERTAIN_SQUARE_VOLTS = 0.5;

/**
 * What is wrong on a bench that measured so: the single fault whose circuit explains the readings best, then another one on top
 * of it, until they are explained. Resistances are free within what digital potentiometers are apart.
 */
export function findFaults(parts: BenchParts, measured: BenchMeasurements): BenchFault[] {
  const { trials, readings, silentPots, silentDac } = measured;
  const silent: BenchFault[] = silentPots.map((pot) => ({ kind: "missing-chip-select", pot }));
  if (silentDac !== undefined) silent.push({ kind: "silent-dac", chip: silentDac });
  if (silent.length > 0) return silent; // nothing is measured on a bench whose chips do not answer
  let found: BenchFault[] = [];
  const { nodes, edges } = parts.network.circuit;
  const fitOf = (faults: readonly BenchFault[]): ReturnType<typeof fitBench> =>
    fitBench(createBenchModel(parts, faults), trials, readings, edges.length);

  /** These faults and one more, with the resistances of the data sheet. */
  const closest = (faults: readonly BenchFault[]): BenchFault[][] =>
    candidates
      .map((fault) => [...faults, fault])
      .map((all) => ({ all, cost: costAsDrawn(createBenchModel(parts, all), trials, readings, edges.length) }))
      .toSorted((a, b) => a.cost - b.cost)
      .slice(0, FITTED)
      .map(({ all }) => all);
  const candidates = thinkable(parts);

  let fit = fitOf(found);
  let beam = [{ faults: found, fit }];
  for (let more = 0; more < MOST_FAULTS && fit.cost > EXPLAINED; more += 1) {
    beam = beam
      .flatMap(({ faults }) => closest(faults))
      .map((faults) => ({ faults, fit: fitOf(faults) }))
      .toSorted((a, b) => a.fit.cost - b.fit.cost)
      .slice(0, BEAM);
    const [best] = beam;
    if (best === undefined || best.fit.cost * WORTH > fit.cost) break;
    ({ faults: found, fit } = best);
  }
  // The first of several faults was chosen before the others were known.
  for (const fault of found) {
    const others = found.filter((one) => one !== fault);
    if (fitOf(others).cost < WORTH * fit.cost) found = others;
  }
  if (fit.cost > EXPLAINED) {
    const squares = nodes.map((_, node) =>
      fit.deviations.reduce((sum, volts, i) => (i % nodes.length === node ? sum + volts ** 2 : sum), 0),
    );
    const node = squares.indexOf(Math.max(...squares));
    found.push({ kind: "unexplained", node: nodes[node] as string, volts: Math.sqrt((squares[node] as number) / trials.length) });
  }
  return found.length === 0 ? clampFaults(parts, measured, createBenchModel(parts, [])) : found;
}

/** The clamp is judged by what it makes of the wipers, so only on a bench that is right otherwise. */
function clampFaults(parts: BenchParts, measured: BenchMeasurements, model: BenchModel): BenchFault[] {
  const { circuit, roles } = parts.network;
  const scales = new Float64Array(circuit.edges.length).fill(1);
  const isWrong = measured.clampTrials.some(({ free, clamped, moves }) => {
    const volts = model.predict([free, clamped], scales);
    const drop = (e: number, state: 0 | 1): number => {
      const { from, to } = circuit.edges[e] as { from: number; to: number };
      const at = state * circuit.nodes.length;
      return (volts[at + from] as number) - (volts[at + to] as number);
    };
    const changes = moves.map((move, e) => ({ move, change: drop(e, 0) ** 2 - drop(e, 1) ** 2 }));
    const certain = changes.filter(({ change }) => Math.abs(change) > CERTAIN_SQUARE_VOLTS);
    return certain.filter(({ move, change }) => Math.sign(move) === -Math.sign(change)).length < certain.length / 2;
  });
  return isWrong ? roles.outputs.slice(0, 1).map((node) => ({ kind: "no-clamp", node })) : [];
}

/** Every single fault that voltages can show. */
function thinkable({ network, pots }: BenchParts): BenchFault[] {
  const { circuit, roles } = network;
  const edges = circuit.edges.map(({ name }) => name);
  const rails = new Set([...roles.grounds, ...roles.rails]);
  const free = new Set(circuit.nodes.filter((node) => !rails.has(node) && !roles.sources.includes(node)));
  const read = circuit.nodes.filter((node) => !rails.has(node));
  /** An edge between two nodes that are driven shows no more than one that is open. */
  const isSeen = (node: string, end: number): boolean => free.has(node) || free.has(circuit.nodes[end] as string);
  return [
    ...edges.flatMap((edge): BenchFault[] => [
      { kind: "open-edge", edge },
      { kind: "dead-pot", edge },
    ]),
    ...pairs(circuit.nodes)
      .filter(([a, b]) => !rails.has(a) || !rails.has(b))
      .map(([a, b]): BenchFault =>
        rails.has(a) ? { kind: "shorted-node", node: b, to: a } : { kind: "shorted-node", node: a, to: b },
      ),
    ...roles.sources.map((node): BenchFault => ({ kind: "undriven-source", node })),
    ...pairs(edges).map((both): BenchFault => ({ kind: "swapped-edges", edges: both })),
    ...circuit.edges.flatMap(({ name, from, to }) =>
      circuit.nodes
        .filter((_, node) => node !== from && node !== to)
        .flatMap((node): BenchFault[] => [
          ...(isSeen(node, to) ? [{ kind: "misplaced-wire", edge: name, terminal: "W", node } as const] : []),
          ...(isSeen(node, from) ? [{ kind: "misplaced-wire", edge: name, terminal: "B", node } as const] : []),
        ]),
    ),
    ...pairs(pots).map((both): BenchFault => ({ kind: "swapped-chip-selects", pots: both })),
    ...pairs(roles.sources).map((both): BenchFault => ({ kind: "swapped-sources", nodes: both })),
    ...pairs(read).map((both): BenchFault => ({ kind: "swapped-readings", nodes: both })),
  ];
}

function pairs<T>(list: readonly T[]): [T, T][] {
  return list.flatMap((first, i) => list.slice(i + 1).map((second): [T, T] => [first, second]));
}
