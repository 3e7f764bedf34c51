export { csvExperiment } from "./csv.ts";
export { evaluate } from "./evaluate.ts";
export type { Board, Experiment, ExperimentOptions } from "./experiment.ts";
export { potRules } from "./pot-rules.ts";
export { createExperiment, recipes } from "./recipes.ts";
export { type ExperimentProgress, type ExperimentResult, runExperiment } from "./run-experiment.ts";
export { physicsFreeBaselines } from "./train/baselines.ts";
export { type InPlaceOptions, type InPlaceResult, learnEarInPlace } from "./train/ear-in-place.ts";
export { measurePairs } from "./train/measure-pairs.ts";
export { runTraining, type TrainingResult, type TrainingWatch } from "./train/run-training.ts";
export { trainSystems } from "./train/train-systems.ts";
export { createFieldDevice, type FieldDeviceOptions, type FieldSamples } from "./train/field-device.ts";
export { accuracyOn, type FleetMode, trainFleet, type TrainFleetOptions } from "./train/train-fleet.ts";
export { createTrainingDevice, type TrainingDeviceOptions } from "./train/training-device.ts";
export { type TrainingChoices, trainingLevels, trainingLosses } from "./train/training-choices.ts";
export {
  createTrainingExperiment,
  type TrainingExperiment,
  type TrainingExperimentOptions,
} from "./train/training-experiment.ts";
export {
  type CorpusScore,
  type OtherClips,
  runWakeWord,
  type WakeWordOptions,
  type WakeWordResult,
  type WakeWordRule,
  wakeWordRules,
  WORD_RATE,
} from "./wake-word/run-wake-word.ts";
export type { VoiceSize, WordClip } from "./wake-word/word-folds.ts";
export type { HitRate } from "./wake-word/word-scores.ts";
