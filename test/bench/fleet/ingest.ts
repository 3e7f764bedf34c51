import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { footprintOf } from "../footprint.ts";
import { startBenchBroker } from "./broker.ts";
import { type Program, startProgram } from "./program.ts";
import type { PublisherProgram } from "./publisher-program.ts";
import type { SubscriberProgram } from "./subscriber-program.ts";
import type { SwarmProgram } from "./swarm-program.ts";
import type { TrainerProgram } from "./trainer-program.ts";

export type IngestOptions = {
  /** Samples of each flood. */
  readonly samples: number;
  /** Agents whose delays are measured, what they measure each second in all, and for how long [s]. */
  readonly devices: number;
  readonly perSecond: number;
  readonly seconds: number;
};

const links = 20;

/**
 * What a trainer takes in of samples that come as fast as the broker takes them, against a bare subscriber with the same link
 * and the same publishers; then how long agents that measure at a pace wait for acknowledgements.
 */
export async function measureIngest({ samples, devices, perSecond, seconds }: IngestOptions): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-bench-"));
  try {
    await using stack = new AsyncDisposableStack();
    const broker = stack.use(await startBenchBroker());
    const publisher = stack.use(startProgram<PublisherProgram>("publisher-program.ts"));
    await publisher.ask("start", { broker: broker.url, count: links });
    const each = Math.ceil(samples / links);
    const ceiling = await floodBare(broker.url, publisher, each);
    const trainer = stack.use(startProgram<TrainerProgram>("trainer-program.ts"));
    await trainer.ask("start", { broker: broker.url, file: join(folder, "trainer.sqlite") });
    const taken = await floodTrainer(trainer, publisher, each, "b1");
    await trainer.ask("profile");
    await floodTrainer(trainer, publisher, each, "b2");
    const shares = await trainer.ask("shares");

    const swarm = stack.use(startProgram<SwarmProgram>("swarm-program.ts"));
    const samplesPerSecond = perSecond / devices;
    await swarm.ask("start", { broker: broker.url, devices, connectsPerSecond: 500, samplesPerSecond });
    await sleep(1000 + 2 * devices);
    await swarm.ask("clear");
    const before = (await swarm.ask("state"))?.acknowledged ?? 0;
    await sleep(seconds * 1000);
    const { delay, acknowledged = 0, waiting } = (await swarm.ask("state")) ?? {};
    return {
      samples: each * links,
      links,
      numbersEach: 72,
      ceilingPerSecond: ceiling,
      trainerPerSecond: taken.perSecond,
      ratio: taken.perSecond / ceiling,
      wantedRatio: 0.5,
      samplesPerCommit: taken.perCommit,
      trainerMicrosecondsPerSample: taken.microseconds,
      shares,
      delay: {
        devices,
        offeredPerSecond: perSecond,
        acknowledgedPerSecond: (acknowledged - before) / seconds,
        waiting,
        ...delay,
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function floodBare(broker: string, publisher: Program<PublisherProgram>, each: number): Promise<number> {
  await using subscriber = startProgram<SubscriberProgram>("subscriber-program.ts");
  await subscriber.ask("start", { broker });
  const { from } = await publisher.ask("publish", { boot: "b0", samples: each });
  for (;;) {
    const { count, lastAt } = await subscriber.ask("counts");
    if (count >= each * links) return (count / (lastAt - from)) * 1000;
    await sleep(50);
  }
}

async function floodTrainer(
  trainer: Program<TrainerProgram>,
  publisher: Program<PublisherProgram>,
  each: number,
  boot: string,
): Promise<{ perSecond: number; perCommit: number; microseconds: number }> {
  const before = await trainer.ask("counts");
  const used = footprintOf(trainer.pid).processorSeconds;
  const { from } = await publisher.ask("publish", { boot, samples: each });
  for (;;) {
    const now = await trainer.ask("counts");
    const samples = (now?.samples ?? 0) - (before?.samples ?? 0);
    if (now !== undefined && samples >= each * links) {
      const microseconds = ((footprintOf(trainer.pid).processorSeconds - used) / samples) * 1e6;
      const commits = now.commits - (before?.commits ?? 0);
      return { perSecond: (samples / (now.lastCommitAt - from)) * 1000, perCommit: samples / commits, microseconds };
    }
    await sleep(50);
  }
}
