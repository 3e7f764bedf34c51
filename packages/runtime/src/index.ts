export { connectMqtt, type ConnectMqttOptions } from "./connect-mqtt.ts";
export { type EmbeddedBroker, startEmbeddedBroker } from "./embedded-broker.ts";
export { type Folder, openFolder, writeAtomically } from "./folder.ts";
export { loadConfig, parseConfig } from "./load-config.ts";
export { BrokerUnreachableError, type MessageHandler, type MqttConnection, type SubscribeOptions } from "./mqtt-connection.ts";
export { runUntilSignal } from "./run-until-signal.ts";
export { openSqlite, type OpenSqliteOptions, type Sqlite, StoreFailedError } from "./sqlite.ts";
export { systemClock } from "./system-clock.ts";
