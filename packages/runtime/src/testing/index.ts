export { createFakeBroker, type FakeBroker, type FakeConnection } from "./fake-broker.ts";
export { createFakeLearner } from "./fake-learner.ts";
export { type FrozenBroker, type FrozenBrokerOptions, startFrozenBroker } from "./frozen-broker.ts";
export { requireMosquitto, startMosquitto } from "./mosquitto.ts";
export { createSumTask, type SumTask } from "./sum-task.ts";
