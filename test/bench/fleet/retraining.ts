import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { footprintOf, threadSecondsOf } from "../footprint.ts";
import { startBenchBroker } from "./broker.ts";
import { startProgram } from "./program.ts";
import type { RunsProgram } from "./runs-program.ts";
import type { SwarmProgram } from "./swarm-program.ts";

export type RetrainingOptions = {
  /** Devices that are trained at once, at each setting. */
  readonly devices: readonly number[];
  /** How long each setting is watched once all of its runs made a commit [s]. */
  readonly seconds: number;
  readonly progress: (line: string) => void;
};

/** Longer than anybody watches. */
const spec = { task: "digits", system: "shg", rule: "pat", seed: 1, rows: 256, epochs: 10_000, commitEvery: 20 } as const;
/** After this long a setting is watched as far as it came. */
const longestStartSeconds = 75;

/** Runs with a device each, at once: how busy the thread that computes is, and what the processors are busy with. */
export async function measureRetraining({ devices, seconds, progress }: RetrainingOptions): Promise<object> {
  const settings: object[] = [];
  for (const count of devices) {
    const setting = await atOnce(count, seconds);
    progress(`${count} runs at once: ${JSON.stringify(setting)}`);
    settings.push(setting);
  }
  return { ...spec, device: "a stand-in with the ports of the crystal", seconds, wantedBusyShare: 0.7, settings };
}

async function atOnce(devices: number, seconds: number): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-bench-"));
  try {
    await using stack = new AsyncDisposableStack();
    const broker = stack.use(await startBenchBroker());
    const swarm = stack.use(startProgram<SwarmProgram>("swarm-program.ts"));
    const trainer = stack.use(startProgram<RunsProgram>("runs-program.ts"));
    const key = await trainer.ask("key");
    await trainer.ask("start", { broker: broker.url, file: join(folder, "trainer.sqlite"), runsAtOnce: devices });
    await swarm.ask("start", { broker: broker.url, devices, connectsPerSecond: 500, samplesPerSecond: 0, key });
    while ((await trainer.ask("devices")) < devices) await sleep(100);
    const begun = performance.now();
    await trainer.ask("begin", { devices, spec });
    for (;;) {
      const { going, troubles } = await trainer.ask("state");
      if (troubles.length > 0) console.error(troubles.join("; "));
      if (going === devices || performance.now() - begun > longestStartSeconds * 1000) break;
      await sleep(100);
    }
    const startSeconds = (performance.now() - begun) / 1000;
    const before = { ...(await trainer.ask("state")), ...usedBy(trainer.pid, swarm.pid, broker.pid), at: performance.now() };
    await sleep(seconds * 1000);
    const after = { ...(await trainer.ask("state")), ...usedBy(trainer.pid, swarm.pid, broker.pid), at: performance.now() };
    const watched = (after.at - before.at) / 1000;
    const answers = after.answers - before.answers;
    const used = (scale: number): Used => scaled(after, before, scale);
    return {
      devices,
      going: after.going,
      startSeconds,
      busyShare: after.busy,
      measurementsPerSecond: answers / watched,
      cores: used(1 / watched),
      ...(answers > 0 && { processorMillisecondsEach: used(1000 / answers) }),
      mebibytes: footprintOf(trainer.pid).resident,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Processor time [s]: of a trainer's thread that trains, of the one that has its link and its store, and of the engine's own, which
 * compile and collect garbage; of the swarm; of the broker.
 */
type Used = Readonly<Record<"computing" | "link" | "engine" | "devices" | "broker", number>>;

function usedBy(trainer: number, swarm: number, broker: number): Used {
  const { training: computing = 0, MainThread: link = 0 } = threadSecondsOf(trainer);
  return {
    computing,
    link,
    engine: footprintOf(trainer).processorSeconds - computing - link,
    devices: footprintOf(swarm).processorSeconds,
    broker: footprintOf(broker).processorSeconds,
  };
}

function scaled(after: Used, before: Used, scale: number): Used {
  const of = (part: keyof Used): number => (after[part] - before[part]) * scale;
  return { computing: of("computing"), link: of("link"), engine: of("engine"), devices: of("devices"), broker: of("broker") };
}
