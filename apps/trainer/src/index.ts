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
export { openRunQueue } from "./runs/queue/open-run-queue.ts";
export type { Claim, RunQueue } from "./runs/queue/run-queue.ts";
export { RemoteDeviceError } from "./runs/remote/device-error.ts";
export { createExchanges, type Exchanges } from "./runs/remote/exchanges.ts";
export { openRemoteDevice, type RemoteDeviceOptions, type RemotePhysics } from "./runs/remote/remote-device.ts";
export { replayRun } from "./runs/replay-run.ts";
export type { Run, RunChange, RunProgress, RunRequest, RunResult, RunSpec, RunState, RunWish, TrainedSet } from "./runs/run.ts";
export { runWorker, type RunWorkerOptions } from "./runs/run-worker.ts";
export { createRuns, type Runs } from "./runs/runs.ts";
export type { SealedLayers } from "./runs/seal-layers.ts";
export { RunLostError } from "./runs/store/run-lost-error.ts";
export type { Begun, Exchange, Fence, RunCommit, RunEnd, RunLeft, RunStore } from "./runs/store/run-store.ts";
export { openTrainingThread, type TrainingThread } from "./runs/training/open-training-thread.ts";
export type { TrainedLayer, TrainedRun, TrainingHooks, TrainingJob, TrainRun } from "./runs/training/train-run.ts";
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
