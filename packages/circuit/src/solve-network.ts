import { BadInputError } from "@ohmwork/core";
import { checkConnected } from "./circuit.ts";
import { currentByFrom, currentOf } from "./edge-current.ts";
import { conductanceOf, isLinear } from "./edge-law.ts";
import type { Network } from "./network-json.ts";
import { createNewtonSolver } from "./newton-solver.ts";
import { solveByStarMesh } from "./star-mesh.ts";

export type EdgeState = { readonly currentAmperes: number; readonly dropVolts: number; readonly powerWatts: number };

export type NetworkState = {
  /** Voltage of each node [V], by name. */
  readonly nodes: Readonly<Record<string, number>>;
  /** Current from → to, drop and heat of each edge, by name. */
  readonly edges: Readonly<Record<string, EdgeState>>;
  /** Heat of the whole network [W]. */
  readonly powerWatts: number;
};

const tooExtreme = "Network cannot be solved: its values lie too far apart for double precision";

/** Part of the largest fixed voltage to which the node voltages have to be right, and of the largest current the sum of those at a node. */
const accuracy = 1e-9;

/** Conductance [S] of each edge that carries the current it has at these node voltages. */
function secants({ circuit, parameters }: Network, voltages: Float64Array): Float64Array {
  return Float64Array.from(circuit.edges, ({ law, from, to }, e) => {
    const parameter = parameters[e] as number;
    const va = voltages[from] as number;
    const vb = voltages[to] as number;
    if (isLinear(law)) return conductanceOf(law, parameter);
    return va === vb ? currentByFrom(law, parameter, va, vb) : currentOf(law, parameter, va, vb) / (va - vb);
  });
}

/** Whether the currents [edges] A at each free node add up to nothing. */
function balances({ circuit, fixed }: Network, currents: Float64Array): boolean {
  const left = new Float64Array(circuit.nodes.length);
  let largest = 0;
  for (const [e, { from, to }] of circuit.edges.entries()) {
    const current = currents[e] as number;
    left[from] = (left[from] as number) + current;
    left[to] = (left[to] as number) - current;
    largest = Math.max(largest, Math.abs(current));
  }
  for (const node of fixed) left[node] = 0;
  return left.every((current) => Math.abs(current) <= accuracy * largest);
}

/** Node voltages, drops and currents; a nonlinear network must come out of the solver of linear ones as it came out of Newton's. */
function settle(network: Network): { voltages: Float64Array; drops: Float64Array; currents: Float64Array } {
  const { circuit, parameters, fixed, fixedVoltages } = network;
  const newton = new Float64Array(circuit.nodes.length).fill(Number.NaN);
  const isNonlinear = circuit.edges.some(({ law }) => !isLinear(law));
  if (isNonlinear) createNewtonSolver(circuit, fixed).solve(parameters, fixedVoltages, newton);
  const conductances = secants(network, newton);
  const { voltages, drops, error } = solveByStarMesh(circuit, fixed, conductances, fixedVoltages);
  const currents = drops.map((drop, e) => (conductances[e] as number) * drop);
  const limit = accuracy * Math.max(...fixedVoltages.map(Math.abs));
  const agrees = (volts: number, node: number): boolean => Math.abs(volts - (voltages[node] as number)) <= limit;
  if (!(error <= limit) || (isNonlinear && !newton.every(agrees)) || !balances(network, currents))
    throw new BadInputError(tooExtreme);
  return { voltages, drops, currents };
}

/**
 * The state a network settles in, its node voltages right to 1e-9 of the largest fixed one. Sources of its roles that have no fixed voltage count as free nodes.
 *
 * @throws DisconnectedError when a node has no conducting path to a fixed voltage
 * @throws SolverDivergedError when a nonlinear network does not settle
 * @throws BadInputError when the network has no fixed voltage, or values too far apart for that
 */
export function solveNetwork(network: Network): NetworkState {
  const { circuit, parameters, fixed } = network;
  if (fixed.length === 0) throw new BadInputError("Network has no fixed voltage: nothing to solve");
  const conducting = circuit.edges.filter(({ law }, e) => !isLinear(law) || conductanceOf(law, parameters[e] as number) > 0);
  checkConnected({ nodes: circuit.nodes, edges: conducting }, fixed);
  const { voltages, drops, currents } = settle(network);
  const edges = circuit.edges.map(({ name }, e): [string, EdgeState] => {
    const dropVolts = drops[e] as number;
    const currentAmperes = currents[e] as number;
    return [name, { currentAmperes, dropVolts, powerWatts: currentAmperes * dropVolts }];
  });
  const powerWatts = edges.reduce((sum, [, state]) => sum + state.powerWatts, 0);
  if (!Number.isFinite(powerWatts) || !voltages.every(Number.isFinite)) throw new BadInputError(tooExtreme);
  return {
    nodes: Object.fromEntries(circuit.nodes.map((name, i) => [name, voltages[i] as number])),
    edges: Object.fromEntries(edges),
    powerWatts,
  };
}
