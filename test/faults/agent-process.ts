import { runAgent } from "@ohmwork/agent";
import { Seconds } from "@ohmwork/core";
import { createSumDevice } from "../fleet/sum-device.ts";
import { sayUsage } from "./usage.ts";

export type AgentProcessOptions = {
  readonly broker: string;
  readonly state: string;
  /** Learns once and ends, with code 0 when everything was acknowledged; else it learns again and again. */
  readonly exit?: boolean;
  /** Between two lessons [ms]. */
  readonly pause: number;
  /** Says what it uses of the machine so often [ms]. @default never */
  readonly sayEvery?: number;
};

// An agent of a small device, as a process that can be killed: `agent-process.ts <options in JSON>`. Says when it learns.

const { broker, state, exit = false, pause, sayEvery } = JSON.parse(process.argv[2] as string) as AgentProcessOptions;
if (sayEvery !== undefined) sayUsage(sayEvery);
const onLearned = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, pause));
const device = createSumDevice();
let isLearning = false;
const onLearn = (): void => {
  if (!isLearning) console.log("learning");
  isLearning = true;
};
const learn = async (): Promise<void> => {
  const options = { device, broker, state, exit: true, progressSeconds: Seconds(0.05), onLearn, onLearned };
  const { outbox } = await runAgent(options, new AbortController().signal);
  process.exitCode = outbox.depth === 0 ? 0 : 1;
};
if (exit) await learn();
else for (;;) await learn();
