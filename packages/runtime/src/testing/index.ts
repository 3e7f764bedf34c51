export { createFakeBroker, type FakeBroker, type FakeConnection } from "./fake-broker.ts";
export { createFakeLearner } from "./fake-learner.ts";
export { hasMosquitto, startMosquitto } from "./mosquitto.ts";
