export { connectMqtt, type ConnectMqttOptions } from "./connect-mqtt.ts";
export { type EmbeddedBroker, startEmbeddedBroker } from "./embedded-broker.ts";
export { loadConfig, parseConfig } from "./load-config.ts";
export { BrokerUnreachableError, type MessageHandler, type MqttConnection } from "./mqtt-connection.ts";
export { type NgspiceProcess, openNgspice } from "./ngspice/open-ngspice.ts";
export { openOnnxRuntime, RuntimeMissingError } from "./open-onnx-runtime.ts";
export { runUntilSignal } from "./run-until-signal.ts";
export { openSqlite, type Sqlite, StoreFailedError } from "./sqlite.ts";
export { systemClock } from "./system-clock.ts";
