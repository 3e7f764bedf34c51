export { coupledLearning } from "./coupled-learning.ts";
export { continuousRule, desynchronous, type EdgeRule, powerAwareRule, signRule, tickProbabilityRule } from "./edge-rules.ts";
export { measureRows } from "./measure-rows.ts";
export { type Nudge, overclamped, towardsLabel, towardsMargin } from "./nudges.ts";
export { createTickRule, type TickRule } from "./tick-rule.ts";
export { type Lesson, teach, type TeachOptions } from "./teach.ts";
