export { runTrainer, type RunTrainerOptions } from "./run-trainer.ts";
export { openStore } from "./store/open-store.ts";
export type { StoreRecord } from "./store/records.ts";
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
  type TrainerOptions,
  trainerLink,
  trainerWill,
} from "./trainer.ts";
