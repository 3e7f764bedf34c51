export { runTrainer, type RunTrainerOptions } from "./run-trainer.ts";
export { openSqliteStore } from "./sqlite-store.ts";
export type { CommitResult, CommittedPrefix, DeviceSummary, FleetSummary, Ingest, TrainerStore } from "./store.ts";
export {
  createTrainer,
  type Trainer,
  type TrainerCounts,
  type TrainerEvents,
  type TrainerOptions,
  trainerWill,
} from "./trainer.ts";
