import { createDcSolver, createNewtonSolver, isLinear, type NewtonSolver, powerOf, powerOfConductances } from "@ohmwork/circuit";
import type { EdgeConductors } from "./edge-conductors.ts";

/**
 * One copy of a self-learning network, in either of its states.
 * Voltages are those of all nodes [V]; displacements belong to the clampable nodes, NaN where a node is left free.
 */
export interface Replica {
  /** Sets the parameter of one edge. */
  set(edge: number, parameter: number): void;
  /** Free state: only the sources [V] are held. */
  settle(sources: Float64Array, voltages: Float64Array): void;
  /** Clamped state: each clampable node with a displacement is held that far from where it stands in `free`. */
  clamp(free: Float64Array, displacement: Float64Array, voltages: Float64Array): void;
  /** Dissipated power in a state [W]. */
  power(voltages: Float64Array): number;
}

type ReplicaOptions = { conductors: EdgeConductors; sources: readonly number[]; clampable: readonly number[] };

/** A replica on the solver that fits its edges. */
export function createReplica(options: ReplicaOptions): Replica {
  return options.conductors.circuit.edges.every(({ law }) => isLinear(law)) ? linearReplica(options) : nonlinearReplica(options);
}

/** All states come from one factorisation, made anew only when a wiper has moved. */
function linearReplica({ conductors, sources, clampable }: ReplicaOptions): Replica {
  const { circuit, conductanceAt } = conductors;
  const solver = createDcSolver(circuit, sources, clampable);
  const conductances = Float64Array.from(circuit.edges, (_, e) => conductanceAt(e, 0));
  let factored = false;
  return {
    set: (edge, parameter) => {
      const conductance = conductanceAt(edge, parameter);
      if (conductances[edge] === conductance) return;
      conductances[edge] = conductance;
      factored = false;
    },
    settle: (sourceVolts, voltages) => {
      if (!factored) {
        solver.factor(conductances);
        factored = true;
      }
      solver.solve(sourceVolts, voltages);
    },
    clamp: (free, displacement, voltages) => solver.clamp(free, displacement, voltages),
    power: (voltages) => powerOfConductances(circuit, conductances, voltages),
  };
}

/**
 * One Newton solver for each set of nodes that is held. The free state is sought from the middle of the sources every time:
 * starting from the state before is faster, but makes the last bits of an answer depend on what was asked before it.
 */
function nonlinearReplica({ conductors, sources, clampable }: ReplicaOptions): Replica {
  const { circuit, conductanceAt } = conductors;
  const linear = circuit.edges.map(({ law }) => isLinear(law));
  const parameters = Float64Array.from(circuit.edges, (_, e) => (linear[e] === true ? conductanceAt(e, 0) : 0));
  const freeSolver = createNewtonSolver(circuit, sources);
  const clampedSolvers = new Map<string, { solver: NewtonSolver; held: number[]; volts: Float64Array }>();
  const clampedSolver = (displacement: Float64Array): { solver: NewtonSolver; held: number[]; volts: Float64Array } => {
    const pulled = clampable.filter((_, k) => !Number.isNaN(displacement[k]));
    const key = pulled.join();
    let found = clampedSolvers.get(key);
    if (found === undefined) {
      const held = [...sources, ...pulled];
      found = { solver: createNewtonSolver(circuit, held), held, volts: new Float64Array(held.length) };
      clampedSolvers.set(key, found);
    }
    return found;
  };
  return {
    set: (edge, parameter) => void (parameters[edge] = linear[edge] === true ? conductanceAt(edge, parameter) : parameter),
    settle: (sourceVolts, voltages) => {
      voltages.fill((Math.min(...sourceVolts) + Math.max(...sourceVolts)) / 2);
      freeSolver.solve(parameters, sourceVolts, voltages);
    },
    clamp: (free, displacement, voltages) => {
      const { solver, held, volts } = clampedSolver(displacement);
      voltages.set(free);
      for (let k = 0; k < clampable.length; k += 1) {
        const pull = displacement[k] as number;
        if (!Number.isNaN(pull)) (voltages[clampable[k] as number] as number) += pull;
      }
      for (let i = 0; i < held.length; i += 1) volts[i] = voltages[held[i] as number] as number;
      solver.solve(parameters, volts, voltages);
    },
    power: (voltages) => powerOf(circuit, parameters, voltages),
  };
}
