export { createFakeBroker, type FakeBroker, type FakeConnection } from "./fake-broker.ts";
export { hasMosquitto, startMosquitto } from "./mosquitto.ts";
