import { BadInputError } from "@ohmwork/core";
import { checkConnected } from "./circuit.ts";
import { createDcSolver } from "./dc-solver.ts";
import { DisconnectedError } from "./disconnected-error.ts";
import { conductanceOf, isLinear } from "./edge-law.ts";
import type { Network } from "./network-json.ts";
import { createNewtonSolver } from "./newton-solver.ts";
import { edgeCurrents } from "./power.ts";

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

function nodeVoltages({ circuit, parameters, fixed, fixedVoltages }: Omit<Network, "roles">): Float64Array {
  const voltages = new Float64Array(circuit.nodes.length).fill(Number.NaN);
  if (!circuit.edges.every(({ law }) => isLinear(law))) {
    createNewtonSolver(circuit, fixed).solve(parameters, fixedVoltages, voltages);
    return voltages;
  }
  const solver = createDcSolver(circuit, fixed);
  try {
    solver.factor(Float64Array.from(circuit.edges, ({ law }, e) => conductanceOf(law, parameters[e] as number)));
  } catch (error) {
    if (!(error instanceof DisconnectedError)) throw error;
    throw new BadInputError(tooExtreme, {}, { cause: error }); // every node was found connected before
  }
  solver.solve(fixedVoltages, voltages);
  return voltages;
}

/**
 * The state a network settles in. Sources of its roles that have no fixed voltage count as free nodes.
 *
 * @throws DisconnectedError when a node has no conducting path to a fixed voltage
 * @throws SolverDivergedError when a nonlinear network does not settle
 * @throws BadInputError when the network has no fixed voltage, or values too extreme for double precision
 */
export function solveNetwork({ circuit, parameters, fixed, fixedVoltages }: Network): NetworkState {
  if (fixed.length === 0) throw new BadInputError("Network has no fixed voltage: nothing to solve");
  const conducting = circuit.edges.filter(({ law }, e) => !isLinear(law) || conductanceOf(law, parameters[e] as number) > 0);
  checkConnected({ nodes: circuit.nodes, edges: conducting }, fixed);
  const voltages = nodeVoltages({ circuit, parameters, fixed, fixedVoltages });
  const currents = edgeCurrents(circuit, parameters, voltages);
  const edges = circuit.edges.map(({ name, from, to }, e): [string, EdgeState] => {
    const currentAmperes = currents[e] as number;
    const dropVolts = (voltages[from] as number) - (voltages[to] as number);
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
