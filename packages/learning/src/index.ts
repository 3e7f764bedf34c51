export { coupledLearning } from "./coupled-learning.ts";
export {
  continuousRule,
  desynchronous,
  type EdgeRule,
  powerAwareRule,
  proportionalRule,
  signRule,
  tickProbabilityRule,
} from "./edge-rules.ts";
export { measureRows } from "./measure-rows.ts";
export { fading, type Nudge, overclamped, towardsLabel, towardsMargin } from "./nudges.ts";
export { createTickRule, type TickRule } from "./tick-rule.ts";
export { type Lesson, teach, type TeachOptions } from "./teach.ts";
export type { Layer, Network, Start } from "./network/layer.ts";
export { type PhysicalPart, type Plan, planNetwork } from "./network/plan.ts";
export { type Levels, onPositions } from "./network/ranges.ts";
export { type StepOptions, stepGraph } from "./network/step-graph.ts";
export { twinGraph } from "./network/stretch-graphs.ts";
export { type AnswerOptions, type AnswerParts, answers } from "./train/answers.ts";
export type { Asking, Programmed } from "./train/ask-device.ts";
export { type Phase, stepsOf, type TrainingOptions, type TrainingRule, trainingRules } from "./train/phase.ts";
export { rightAnswers } from "./train/right-answers.ts";
export { startingParameters } from "./train/starting-parameters.ts";
export { train, type TrainingParts, type TrainingProgress, type TrainingRun } from "./train/train.ts";
export { TrainingError } from "./train/training-error.ts";
export { type BestEpoch, noCounts, type TrainingCounts, type TrainingState } from "./train/training-state.ts";
