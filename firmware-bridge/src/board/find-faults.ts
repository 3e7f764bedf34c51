import type { BenchFault } from "./bench-fault.ts";
import { type BenchModel, type BenchParts, createBenchModel } from "./bench-model.ts";
import { costAsDrawn, fitBench } from "./fit-bench.ts";
import type { BenchMeasurements } from "./measure-bench.ts";

/** Mean squared deviation, in standard deviations, up to which readings count as explained. */
const EXPLAINED = 3;
/** Faults that are looked for one on top of the other. */
const MOST_FAULTS = 3;
/** Explanations whose resistances are fitted: the closest with those of the data sheet. */
const FITTED = 16;
/** A further fault must explain this many times more. */
const WORTH = 2;
/** What certainly moves a wiper [V²], by the rule that the measurement gave. */
const CERTAIN_SQUARE_VOLTS = 0.1;

/**
 * What is wrong on a bench that measured so: the single fault whose circuit explains the readings best, then another one on top
 * of it, until they are explained. Resistances are free within what digital potentiometers are apart.
 */
export function findFaults(parts: BenchParts, measured: BenchMeasurements): BenchFault[] {
  const { trials, readings, silentPots, silentDac } = measured;
  const found: BenchFault[] = silentPots.map((pot) => ({ kind: "missing-chip-select", pot }));
  if (silentDac !== undefined) return [...found, { kind: "silent-dac", chip: silentDac }];
  const { nodes, edges } = parts.network.circuit;
  const fitOf = (faults: readonly BenchFault[]): ReturnType<typeof fitBench> =>
    fitBench(createBenchModel(parts, faults), trials, readings, edges.length);

  let fit = fitOf(found);
  for (let more = 0; more < MOST_FAULTS && fit.cost > EXPLAINED; more += 1) {
    const ranked = thinkable(parts)
      .map((fault) => {
        const faults = [...found, fault];
        return { fault, faults, cost: costAsDrawn(createBenchModel(parts, faults), trials, readings, edges.length) };
      })
      .toSorted((a, b) => a.cost - b.cost)
      .slice(0, FITTED)
      .map(({ fault, faults }) => ({ fault, fit: fitOf(faults) }))
      .toSorted((a, b) => a.fit.cost - b.fit.cost);
    const [best] = ranked;
    if (best === undefined || best.fit.cost * WORTH > fit.cost) break;
    found.push(best.fault);
    fit = best.fit;
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
    return moves.some((move, e) => {
      const change = drop(e, 0) ** 2 - drop(e, 1) ** 2;
      return Math.abs(change) > CERTAIN_SQUARE_VOLTS && Math.sign(move) !== -Math.sign(change);
    });
  });
  return isWrong ? roles.outputs.slice(0, 1).map((node) => ({ kind: "no-clamp", node })) : [];
}

/** Every single fault that voltages can show. */
function thinkable({ network, pots }: BenchParts): BenchFault[] {
  const { circuit, roles } = network;
  const edges = circuit.edges.map(({ name }) => name);
  const rails = new Set([...roles.grounds, ...roles.rails]);
  const read = circuit.nodes.filter((node) => !rails.has(node));
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
    ...pairs(pots).map((both): BenchFault => ({ kind: "swapped-chip-selects", pots: both })),
    ...pairs(roles.sources).map((both): BenchFault => ({ kind: "swapped-sources", nodes: both })),
    ...pairs(read).map((both): BenchFault => ({ kind: "swapped-readings", nodes: both })),
  ];
}

function pairs<T>(list: readonly T[]): [T, T][] {
  return list.flatMap((first, i) => list.slice(i + 1).map((second): [T, T] => [first, second]));
}
