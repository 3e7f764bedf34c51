export {
  type Agent,
  type AgentEvents,
  type AgentOptions,
  agentWill,
  createAgent,
  createBootId,
  type LearnResult,
} from "./agent.ts";
export type { Device } from "./device.ts";
export { type DeviceConfig, deviceConfigSchema, loadDeviceConfig } from "./device-config.ts";
export type { OutboxState } from "./outbox.ts";
export { runAgent, type RunAgentOptions } from "./run-agent.ts";
