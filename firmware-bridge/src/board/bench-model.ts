import { createDcSolver, type Network } from "@ohmwork/circuit";
import type { BenchFault } from "./bench-fault.ts";

/** Wipers and source voltages that a bench was given. */
export type BenchTrial = {
  /** Position of each edge. */
  readonly wipers: Uint16Array;
  /** One voltage per source, in the order of the network's roles [V]. */
  readonly sources: readonly number[];
  /** Voltage that the clamp of each output puts there [V]. @default all open */
  readonly clamps?: readonly number[];
};

/** The circuit that a bench would be with certain faults. */
export interface BenchModel {
  /** Voltage at which each node would be read [V], for each trial in turn; `scales` [edges] multiplies conductances. */
  predict(trials: readonly BenchTrial[], scales: Float64Array): Float64Array;
}

/** Output of a DAC, a wire where none should be [Ω]; breadboard and inputs [S]. */
const DAC_OHMS = 1;
const SHORT_OHMS = 0.02;
const LEAK_SIEMENS = 1e-12;
export const TOP_POSITION = 256;
const MIDDLE_POSITION = 128;

export type BenchParts = {
  readonly network: Network;
  readonly potOhms: number;
  readonly wiperOhms: number;
  readonly switchOhms: number;
  readonly supplyVolts: number;
  /** References of the potentiometer chips; edge e belongs to chip ⌊e/2⌋. */
  readonly pots: readonly string[];
};

/** Models a bench with faults, which name parts of the network; faults that no voltage shows are passed over. */
export function createBenchModel(parts: BenchParts, faults: readonly BenchFault[]): BenchModel {
  const { circuit, roles } = parts.network;
  const nodeOf = (name: string): number => circuit.nodes.indexOf(name);
  const edgeOf = (name: string): number => circuit.edges.findIndex((edge) => edge.name === name);
  const { nodes } = circuit;
  const edges = circuit.edges.map(({ from, to }) => ({ from, to, position: undefined as number | undefined }));
  /** Edge whose wiper the board moves when it means to move this one. */
  const moved = circuit.edges.map((_, e) => e);
  const drives = roles.sources.map((name, k): { node: number; from: number; ohms: number } => ({
    node: nodeOf(name),
    from: nodes.length + k,
    ohms: DAC_OHMS,
  }));
  const readAt = nodes.map((_, node) => node);
  const shorts: { from: number; to: number }[] = [];

  for (const fault of faults) {
    switch (fault.kind) {
      case "open-edge":
        position(fault.edge, Infinity);
        break;
      case "dead-pot":
        position(fault.edge, MIDDLE_POSITION);
        break;
      case "missing-chip-select": {
        const pot = parts.pots.indexOf(fault.pot);
        for (const e of [2 * pot, 2 * pot + 1]) if (edges[e] !== undefined) edges[e].position = MIDDLE_POSITION;
        break;
      }
      case "swapped-edges": {
        const [a, b] = fault.edges.map(edgeOf) as [number, number];
        const [first, second] = [edges[a], edges[b]];
        if (first === undefined || second === undefined) break;
        edges[a] = { ...first, from: second.from, to: second.to };
        edges[b] = { ...second, from: first.from, to: first.to };
        break;
      }
      case "misplaced-wire": {
        const edge = edges[edgeOf(fault.edge)];
        if (edge !== undefined) edge[fault.terminal === "W" ? "from" : "to"] = nodeOf(fault.node);
        break;
      }
      case "swapped-chip-selects": {
        const [a, b] = fault.pots.map((pot) => parts.pots.indexOf(pot)) as [number, number];
        for (const wiper of [0, 1]) exchange(moved, 2 * a + wiper, 2 * b + wiper);
        break;
      }
      case "shorted-node":
        shorts.push({ from: nodeOf(fault.node), to: nodeOf(fault.to) });
        break;
      case "undriven-source":
        for (const drive of drives) if (drive.node === nodeOf(fault.node)) drive.ohms = Infinity;
        break;
      case "swapped-sources": {
        const [a, b] = fault.nodes.map(nodeOf) as [number, number];
        for (const drive of drives) drive.node = drive.node === a ? b : drive.node === b ? a : drive.node;
        break;
      }
      case "swapped-readings": {
        const [a, b] = fault.nodes.map(nodeOf) as [number, number];
        exchange(readAt, a, b);
        break;
      }
      case "silent-dac":
      case "no-clamp":
      case "unexplained":
        break;
      default:
        fault satisfies never;
    }
  }
  for (const edge of edges) {
    if (edge.from !== edge.to) continue; // a wire from a row to itself carries nothing
    edge.position = Infinity;
    edge.to = (edge.from + 1) % nodes.length;
  }
  function position(name: string, at: number): void {
    const edge = edges[edgeOf(name)];
    if (edge !== undefined) edge.position = at;
  }

  const rails = [...roles.grounds, ...roles.rails].map(nodeOf);
  const [ground = 0] = rails;
  const leaks = nodes.map((_, from) => ({ from, to: ground })).filter(({ from }) => !rails.includes(from));
  const clamps = roles.outputs.map((name, k) => ({ to: nodeOf(name), from: nodes.length + drives.length + k }));
  const graph = {
    nodes: [...nodes, ...drives.map((_, k) => `drive ${k}`), ...clamps.map((_, k) => `clamp ${k}`)],
    edges: [...edges, ...drives.map(({ from, node }) => ({ from, to: node })), ...clamps, ...leaks, ...shorts],
  };
  const solver = createDcSolver(graph, [...rails, ...drives.map(({ from }) => from), ...clamps.map(({ from }) => from)]);
  const conductances = new Float64Array(graph.edges.length).fill(LEAK_SIEMENS);
  conductances.fill(1 / SHORT_OHMS, graph.edges.length - shorts.length);
  for (const [k, { ohms }] of drives.entries()) conductances[edges.length + k] = 1 / ohms;
  const railVolts = [...roles.grounds.map(() => 0), ...roles.rails.map(() => parts.supplyVolts)];
  const voltages = new Float64Array(graph.nodes.length);

  return {
    predict: (trials, scales) => {
      const all = new Float64Array(trials.length * nodes.length);
      for (const [t, { wipers, sources, clamps: held }] of trials.entries()) {
        for (const [e, edge] of edges.entries()) {
          const at = edge.position ?? wipers[moved[e] as number] ?? TOP_POSITION;
          conductances[e] = (scales[e] as number) / (parts.wiperOhms + (at / TOP_POSITION) * parts.potOhms);
        }
        const throughSwitch = held === undefined ? 0 : 1 / (DAC_OHMS + parts.switchOhms);
        for (const k of clamps.keys()) conductances[edges.length + drives.length + k] = throughSwitch;
        solver.factor(conductances);
        solver.solve(Float64Array.from([...railVolts, ...sources, ...(held ?? clamps.map(() => 0))]), voltages);
        for (const [node, at] of readAt.entries()) all[t * nodes.length + node] = voltages[at] as number;
      }
      return all;
    },
  };
}

function exchange(list: number[], a: number, b: number): void {
  [list[a], list[b]] = [list[b] as number, list[a] as number];
}
