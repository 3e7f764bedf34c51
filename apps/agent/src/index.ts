export { type Agent, type AgentEvents, type AgentOptions, createAgent, createBootId } from "./agent.ts";
export { type ExamineOptions, examine, type Finding } from "./doctor.ts";
export { type Device, type DeviceTask, type DrivenDevice, isLearning, type LearningDevice, type SensorSpec } from "./device.ts";
export { type DeviceConfig, deviceConfigSchema, loadDeviceConfig, type Microphone } from "./device-config.ts";
export type { LearnResult } from "./learning.ts";
export type { MeasuredSample, Outbox, OutboxState } from "./outbox.ts";
export { agentWill } from "./presence.ts";
export { runAgent, type RunAgentOptions } from "./run-agent.ts";
export {
  calibrateChannels,
  type CalibratedChannel,
  type CalibrateOptions,
  type DrawnChannel,
} from "./sensor/calibrate-channels.ts";
export { decide, type Decided, type Decision, defaultDecision, UNKNOWN } from "./sensor/decision.ts";
export {
  defaultEvidenceLimits,
  type Evidence,
  type EvidenceLimits,
  type EvidenceStore,
  openEvidenceStore,
} from "./sensor/evidence-store.ts";
export { type KnownSounds, type LearnedReadout, learnReadout, type LearnReadoutOptions } from "./sensor/learn-readout.ts";
export { createListening, type HeardSound, type Listened, type Listening, type UnheardReason } from "./sensor/listening.ts";
export { noCounts, type SensorCounts } from "./sensor/sensor-counts.ts";
export { type SensorAnswer } from "./sensor/sensor.ts";
export { openSlotStore, type SlotStore } from "./slots/slot-store.ts";
export { createSqliteOutbox, type SqliteOutboxOptions } from "./sqlite-outbox.ts";
export type { DelaySummary } from "./swarm/delays.ts";
export { createStandIn, type StandInOptions } from "./swarm/stand-in-system.ts";
export { startSwarm, type Swarm, type SwarmOptions, type SwarmState } from "./swarm/swarm.ts";
