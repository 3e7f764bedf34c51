export { checkConnected, type Circuit, createCircuit, type Edge, type Graph } from "./circuit.ts";
export { clampDcDense, solveDcDense } from "./dc-reference.ts";
export { createDcSolver, type DcSolver } from "./dc-solver.ts";
export { DisconnectedError } from "./disconnected-error.ts";
export { currentOf } from "./edge-current.ts";
export {
  conductanceOf,
  type ConductorLaw,
  type DiodeLaw,
  type EdgeLaw,
  isLinear,
  type LinearLaw,
  type LinearPotLaw,
  type LogPotLaw,
  type MosfetLaw,
  orientationOf,
  type ParameterRange,
  parameterRange,
  type ResistorLaw,
} from "./edge-law.ts";
export { createNewtonSolver, type NewtonOptions, type NewtonResult, type NewtonSolver } from "./newton-solver.ts";
export { ad5220, mcp4251, siliconDiode, transistorEdge, x9c303s } from "./parts.ts";
export { edgeCurrents, powerOf, powerOfConductances } from "./power.ts";
export { SolverDivergedError } from "./solver-diverged-error.ts";
export { type SpiceOptions, spiceNodeNames, toSpice } from "./spice-export.ts";
export { bipartite, complete, openLattice, periodicLattice, randomGraph, type Roles, type Topology } from "./topology.ts";
export { lawNames } from "./edge-law-json.ts";
export { type Network, parseNetwork } from "./network-json.ts";
export { type EdgeState, type NetworkState, solveNetwork } from "./solve-network.ts";
export { createTransient, type Transient } from "./transient.ts";
