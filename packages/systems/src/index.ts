export { idealEdges, type Imperfections } from "./imperfections.ts";
export { paced } from "./paced.ts";
export type { NetworkOutput } from "./network-ports.ts";
export { createSelfLearningNetwork, type SelfLearningNetworkOptions } from "./self-learning-network.ts";
