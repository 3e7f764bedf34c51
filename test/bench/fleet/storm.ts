import { setTimeout as sleep } from "node:timers/promises";
import { footprintOf } from "../footprint.ts";
import { startBenchBroker } from "./broker.ts";
import { startProgram } from "./program.ts";
import type { SwarmProgram } from "./swarm-program.ts";

export type StormOptions = { readonly devices: number; /** How long the broker is away [s]. */ readonly awaySeconds: number };

const connectsPerSecond = 200;

/** Agents that lose their broker and come back to it, and what each of them takes of memory. */
export async function measureStorm({ devices, awaySeconds }: StormOptions): Promise<object> {
  let broker = await startBenchBroker();
  const { port } = broker;
  try {
    await using swarm = startProgram<SwarmProgram>("swarm-program.ts");
    await swarm.ask("state"); // once it answers it has loaded what it needs
    const connected = async (): Promise<number> => (await swarm.ask("state"))?.connected ?? 0;
    const empty = footprintOf(swarm.pid).resident;
    const begun = performance.now();
    await swarm.ask("start", { broker: broker.url, devices, connectsPerSecond, samplesPerSecond: 0 });
    while ((await connected()) < devices) await sleep(100);
    const connectSeconds = (performance.now() - begun) / 1000;
    await sleep(2000);
    const { resident } = footprintOf(swarm.pid);
    const brokerMebibytes = footprintOf(broker.pid).resident;
    await broker[Symbol.asyncDispose]();
    await sleep(awaySeconds * 1000);
    broker = await startBenchBroker(port);
    const { pid } = broker;
    const back = performance.now();
    const halfBack = await reached(connected, devices / 2);
    const allBack = await reached(connected, devices);
    return {
      devices,
      connectsPerSecond,
      connectSeconds,
      brokerAwaySeconds: awaySeconds,
      halfBackSeconds: (halfBack - back) / 1000,
      allBackSeconds: (allBack - back) / 1000,
      wantedSeconds: 60,
      brokerProcessorSeconds: footprintOf(pid).processorSeconds,
      kibibytesPerDevice: ((resident - empty) * 1024) / devices,
      brokerKibibytesPerDevice: (brokerMebibytes * 1024) / devices,
    };
  } finally {
    await broker[Symbol.asyncDispose]();
  }
}

/** When so many were there. */
async function reached(connected: () => Promise<number>, count: number): Promise<number> {
  while ((await connected()) < count) await sleep(100);
  return performance.now();
}
