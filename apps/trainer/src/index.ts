export { type Announcer, type AnnouncerOptions, createAnnouncer } from "./home-assistant/announcer.ts";
export { type Component, type Discovery, discoveryOf, type DiscoveryOptions } from "./home-assistant/discovery.ts";
export { createApi, type ApiOptions, type TrainerApi } from "./http/api.ts";
export { createEventStream, type EventStream, type FleetEvent } from "./http/event-stream.ts";
export { createHttpTokens, type HttpTokens, loadHttpTokens } from "./http/http-tokens.ts";
export { createMetrics, type MetricsSource, type TrainerMetrics } from "./http/metrics.ts";
export type { IntakeCounts, IntakeEvents } from "./intake.ts";
export { logEvents, type LogLevel } from "./log.ts";
export { rolloutCommands } from "./rollouts/command-rollout.ts";
export { type RolloutRequest, requestSchema } from "./rollouts/plan-schema.ts";
export type {
  Evidence,
  Rollout,
  RolloutEvent,
  RolloutPhase,
  RolloutPlan,
  Target,
  TargetPhase,
  Wave,
} from "./rollouts/rollout.ts";
export { type RolloutLeader, leadRollouts, type LeadRolloutsOptions } from "./rollouts/lead-rollouts.ts";
export { startRollout } from "./rollouts/start-rollout.ts";
export type { RolloutStore } from "./rollouts/rollout-store.ts";
export { runTrainer, type RunTrainerOptions } from "./run-trainer.ts";
export { openStore } from "./store/open-store.ts";
export type { StoreRecord } from "./store/records.ts";
export { readJsonLines, writeCsv, writeJsonLines } from "./store/text-formats.ts";
export type {
  CommitResult,
  CommittedPrefix,
  DeviceState,
  DeviceSummary,
  FleetSummary,
  Ingest,
  Pruned,
  SampleCursor,
  SampleQuery,
  StoredParameterSet,
  StoredSample,
  TrainerStore,
} from "./store/store.ts";
export {
  createTrainer,
  type Trainer,
  type TrainerCounts,
  type TrainerEvents,
  trainerLink,
  type TrainerOptions,
  trainerWill,
} from "./trainer.ts";
