export { type Detector } from "./ear/ear-circuit.ts";
export {
  type EarChannel,
  type EarDesign,
  ear12,
  ear8,
  type EarTiming,
  earTimings,
  inputsOfTiming,
  startCodes,
} from "./ear/ear-design.ts";
export { type EarGap, realisticEarGap, scaleEarGap } from "./ear/ear-gap.ts";
export { filterBankTwin, type FilterBankTwinOptions, mixerTwin } from "./ear/ear-graph.ts";
export { createEar } from "./ear/ear.ts";
export { fitEnvelopeFactors } from "./ear/envelope-factors.ts";
export { createFilterBank, type EarOptions } from "./ear/filter-bank.ts";
export { createMixer, type MixerOptions } from "./ear/mixer.ts";
export { type DeclaredGap, describeGap, type GapEntry, gapOf, type SimulatedSystem } from "./declared-gap.ts";
export { idealEdges, type Imperfections } from "./imperfections.ts";
export { paced } from "./paced.ts";
export { type PendulumGap, publishedPendulumGap, realisticPendulumGap } from "./pendulum-gap.ts";
export { pendulumTwin } from "./pendulum-graph.ts";
export { createPendulums, type PendulumOptions, publishedPendulums } from "./pendulums.ts";
export type { CalculatedPlateOptions } from "./calculated-plate.ts";
export { type PlateGap, realisticPlateGap } from "./plate-gap.ts";
export { type PlateAsMade, plateTwin, plateTwinAsMade } from "./plate-graph.ts";
export { type Plate, titaniumPlate } from "./plate-modes.ts";
export type { PlateSampling } from "./plate-response.ts";
export { createPlate, type PlateOptions } from "./plate.ts";
export { idealPorts, type PortGap, scalePortGap } from "./port-gap.ts";
export { spreadRows } from "./spread-rows.ts";
export { stagesAsSystems } from "./stages-as-systems.ts";
export { createTwin, type Twin, withTwins } from "./twin.ts";
export { withPortGap } from "./with-port-gap.ts";
export type { NetworkOutput } from "./network-ports.ts";
export { createSelfLearningNetwork, type SelfLearningNetworkOptions } from "./self-learning-network.ts";
export { nominalRlc, type RlcCircuit } from "./rlc-circuit.ts";
export { realisticRlcGap, type RlcGap } from "./rlc-gap.ts";
export { createRlc, type RlcOptions } from "./rlc.ts";
export { rlcTwin, type RlcTwinOptions } from "./rlc-graph.ts";
export { realisticShgGap, realisticVowelShgGap, type ShgGap } from "./shg-gap.ts";
export { hybridShg, type ShgSetup, vowelShg } from "./shg-setup.ts";
export { createShg, type ShgOptions } from "./shg.ts";
export { shgTwin } from "./shg-graph.ts";
export { readSpiceDeck, type SpiceDeck, type SpiceReadPort, type SpiceSetPort } from "./spice-deck.ts";
export { createSpiceSystem, type SpiceCall, type SpiceEngine, type SpiceVectors } from "./spice-system.ts";
export { createRenewedEngine } from "./renewed-engine.ts";
export type { FitSamples } from "./fit-samples.ts";
export type { FitProgress } from "./fitting.ts";
export { fitTwin, fitTwinToPairs, type FittedTwin, type FitTwinOptions } from "./fit-twin.ts";
export { createLogBank, LOG_CHANNELS, type LogBankOptions, type LogReadings, wakeWordGap } from "./wake-word/log-bank.ts";
