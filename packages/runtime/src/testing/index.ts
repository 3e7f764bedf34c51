export { createFakeBroker, type FakeBroker, type FakeConnection } from "./fake-broker.ts";
export { allLeaves, createFakeDisk, type FakeDisk, type Leaves, PowerCut } from "./fake-disk.ts";
export { createFakeLearner } from "./fake-learner.ts";
export { type FrozenBroker, type FrozenBrokerOptions, startFrozenBroker } from "./frozen-broker.ts";
export { type Mosquitto, requireMosquitto, startMosquitto, type StartMosquittoOptions } from "./mosquitto.ts";
export { createSumTask, type SumTask } from "./sum-task.ts";
