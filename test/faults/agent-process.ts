import { join } from "node:path";
import { agentWill, createAgent, createBootId, createSqliteOutbox, openSlotStore, runAgent } from "@ohmwork/agent";
import { Seconds } from "@ohmwork/core";
import { connectMqtt, openFolder } from "@ohmwork/runtime";
import { clientIdOf } from "@ohmwork/wire";
import { createSumDevice } from "../fleet/sum-device.ts";
import { sayUsage } from "./usage.ts";

export type AgentProcessOptions = {
  readonly broker: string;
  readonly state: string;
  /** Learns once and ends, with code 0 when everything was acknowledged; else it learns again and again. */
  readonly exit?: boolean;
  /** Stays the same agent from lesson to lesson, where otherwise each lesson is a new start. */
  readonly isSteady?: boolean;
  /** Between two lessons [ms]. */
  readonly pause: number;
  /** Says what it uses of the machine so often [ms]. @default never */
  readonly sayEvery?: number;
};

// An agent of a small device, as a process that can be killed: `agent-process.ts <options in JSON>`. Says when it learns.

const {
  broker,
  state,
  exit = false,
  isSteady = false,
  pause,
  sayEvery,
} = JSON.parse(process.argv[2] as string) as AgentProcessOptions;
if (sayEvery !== undefined) sayUsage(sayEvery);
const onLearned = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, pause));
const progressSeconds = Seconds(0.05);
const device = createSumDevice();
let isLearning = false;
const onLearn = (): void => {
  if (!isLearning) console.log("learning");
  isLearning = true;
};
const learn = async (): Promise<void> => {
  const options = { device, broker, state, exit: true, progressSeconds, onLearn, onLearned };
  const { outbox } = await runAgent(options, new AbortController().signal);
  process.exitCode = outbox.depth === 0 ? 0 : 1;
};
const learnOn = async (): Promise<void> => {
  const boot = createBootId();
  const clientId = clientIdOf({ fleet: device.fleet, device: device.id });
  const connection = connectMqtt(broker, { clientId, will: agentWill(device, boot) });
  const outbox = createSqliteOutbox({ file: join(state, "outbox.sqlite"), boot });
  const updates = { slots: openSlotStore(openFolder(state)), keys: new Map() };
  const agent = createAgent({ device, boot, connection, outbox, updates, progressSeconds });
  await agent.start();
  for (;;) {
    await agent.learn();
    await agent.drained(Seconds(5));
    await onLearned();
  }
};
if (isSteady) await learnOn();
else if (exit) await learn();
else for (;;) await learn();
