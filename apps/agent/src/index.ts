export {
  type Agent,
  type AgentEvents,
  type AgentOptions,
  agentWill,
  createAgent,
  createBootId,
  type LearnResult,
} from "./agent.ts";
export { type ExamineOptions, examine, type Finding } from "./doctor.ts";
export type { Device } from "./device.ts";
export { type DeviceConfig, deviceConfigSchema, loadDeviceConfig } from "./device-config.ts";
export type { Outbox, OutboxState } from "./outbox.ts";
export { runAgent, type RunAgentOptions } from "./run-agent.ts";
export { openSlotStore, type SlotStore } from "./slots/slot-store.ts";
export { createSqliteOutbox, type SqliteOutboxOptions } from "./sqlite-outbox.ts";
