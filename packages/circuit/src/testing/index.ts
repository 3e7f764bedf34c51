export { type Ngspice, type SpiceResult, startNgspice } from "./ngspice.ts";
export { type EdgeKind, edgeKinds, randomCircuit, type RandomCircuit } from "./random-circuit.ts";
