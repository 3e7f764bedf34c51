export { idealEdges, type Imperfections } from "./imperfections.ts";
export { paced } from "./paced.ts";
export type { NetworkOutput } from "./network-ports.ts";
export { createSelfLearningNetwork, type SelfLearningNetworkOptions } from "./self-learning-network.ts";
export { nominalRlc, type RlcCircuit } from "./rlc-circuit.ts";
export { realisticRlcGap, type RlcGap } from "./rlc-gap.ts";
export { createRlc, type RlcOptions } from "./rlc.ts";
