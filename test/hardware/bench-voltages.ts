import { bench16Build, bench16Netlist, edgeOhms } from "@ohmwork/bench-16";
import { createDcSolver, type Network, parseNetwork } from "@ohmwork/circuit";

/** The network of bench-16 as its netlist describes it. */
export const benchNetwork: Network = parseNetwork(bench16Netlist, "bench-16/netlist.json");

/** Wiper position of every potentiometer at power-on. */
export const midScale: number = bench16Build.parts.find(({ id }) => id === "mcp4251")?.facts["positionAtPowerOn"] ?? Number.NaN;

/** Volts of the sources, by node. */
export type Drive = Readonly<Record<string, number>>;

/** One source at the supply, the others at 0 V; without a name, all at 0 V. */
export function oneHigh(source?: string): Drive {
  return Object.fromEntries(benchNetwork.roles.sources.map((node) => [node, node === source ? bench16Build.supplyVolts : 0]));
}

export type BenchFaults = {
  /** Fraction by which each potentiometer chip is off in end-to-end resistance [chips]. @default none */
  readonly chipTolerances?: readonly number[];
  /** Name of an edge that does not conduct. */
  readonly openEdge?: string;
};

const solvers = new Map<string, ReturnType<typeof createDcSolver>>();

function solverFor(fixed: readonly number[]): ReturnType<typeof createDcSolver> {
  const key = fixed.join();
  const solver = solvers.get(key) ?? createDcSolver(benchNetwork.circuit, fixed);
  solvers.set(key, solver);
  return solver;
}

/** Voltage of every node [V] by name, with all wipers at mid-scale and the nodes of `drive` held. */
export function benchVoltages(drive: Drive, { chipTolerances, openEdge }: BenchFaults = {}): Record<string, number> {
  const { circuit, fixed, fixedVoltages } = benchNetwork;
  const driven = Object.entries(drive);
  const held = [...fixed, ...driven.map(([node]) => circuit.nodes.indexOf(node))];
  const solver = solverFor(held);
  solver.factor(
    Float64Array.from(circuit.edges, ({ name }, e) =>
      name === openEdge ? 1e-12 : 1 / edgeOhms(bench16Build, midScale, chipTolerances?.[Math.floor(e / 2)] ?? 0),
    ),
  );
  const voltages = new Float64Array(circuit.nodes.length);
  solver.solve(Float64Array.of(...fixedVoltages, ...driven.map(([, volts]) => volts)), voltages);
  return Object.fromEntries(circuit.nodes.map((name, i) => [name, voltages[i] as number]));
}

export type Range = { readonly nominal: number; readonly low: number; readonly high: number };

/**
 * Nominal voltage of one node [V] and its range when every potentiometer chip is as far off as its data sheet allows, up or down,
 * both halves of a chip alike: the extremes over all corners.
 */
export function voltageRange(drive: Drive, node: string): Range {
  const chips = bench16Build.chipSelects.length;
  const tolerance = bench16Build.parts.find(({ id }) => id === "mcp4251")?.facts["endToEndTolerance"] ?? 0;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let corner = 0; corner < 2 ** chips; corner += 1) {
    const chipTolerances = Array.from({ length: chips }, (_, chip) => ((corner >> chip) & 1 ? tolerance : -tolerance));
    const volts = benchVoltages(drive, { chipTolerances })[node] as number;
    low = Math.min(low, volts);
    high = Math.max(high, volts);
  }
  return { nominal: benchVoltages(drive)[node] as number, low, high };
}
