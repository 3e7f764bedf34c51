import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PhysicalSystem, Seconds } from "@ohmwork/core";
import { connectMqtt, openOnnxRuntime, startEmbeddedBroker, systemClock } from "@ohmwork/runtime";
import { createShg, vowelShg } from "@ohmwork/systems";
import { createSigner, openParameterSet } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../store/open-store.ts";
import { startDeviceHost } from "../testing/device-host.ts";
import { openRunQueue } from "./queue/open-run-queue.ts";
import { runWorker } from "./run-worker.ts";
import { createRuns } from "./runs.ts";
import { openTrainingThread } from "./training/open-training-thread.ts";
import { trainRun } from "./training/train-run.ts";

describe("a run", () => {
  it("trains a device at the far end of MQTT", async () => {
    const broker = await startEmbeddedBroker({ port: 0 });
    const signer = await createSigner(new Uint8Array(32).fill(7));
    const system: PhysicalSystem = createShg({ seed: 3, setup: vowelShg });
    const host = await startDeviceHost({
      broker: broker.url,
      fleet: "home",
      device: "crystal-1",
      system,
      keys: [signer.publicKey],
    });
    const file = join(mkdtempSync(join(tmpdir(), "ohmwork-runs-")), "trainer.sqlite");
    const store = await openStore(file);
    const statuses = new Map([["crystal-1", { state: "online", boot: "host" } as const]]);
    await store.commit("home", {
      receivedAt: 1,
      births: new Map([["crystal-1", host.birth]]),
      statuses,
      progress: [],
      samples: [],
    });
    const queue = await openRunQueue(file, { fleet: "home", clock: systemClock });
    const connection = connectMqtt(broker.url, { clientId: "trainer" });
    await connection.whenConnected(Seconds(5));
    const runs = createRuns({ fleet: "home", store, queue, clock: systemClock });
    const stop = new AbortController();
    const thread = openTrainingThread();
    const onTrouble = (m: string): void => console.log(m);
    const done = Promise.withResolvers<void>();
    const onRun = (_: string, { state, progress }: { state: string; progress?: object }): void => {
      console.log(state, JSON.stringify(progress));
      if (state !== "running") done.resolve();
    };
    const worker = runWorker(
      {
        fleet: "home",
        worker: "w1",
        store,
        queue,
        connection,
        signer,
        train: thread.train,
        clock: systemClock,
        onTrouble,
        onRun,
      },
      stop.signal,
    );
    const [run] = await runs.start({
      task: "vowel-formants",
      system: "shg",
      rule: "pat",
      seed: 1,
      epochs: 3,
      devices: { crystal: "crystal-1" },
    });
    const t = performance.now();
    await done.promise;
    console.log("seconds", (performance.now() - t) / 1000);
    stop.abort();
    await worker;
    const shown = await runs.show(run?.id as string);
    console.log(JSON.stringify(shown?.run, null, 1), host.counts());
    expect(shown?.run.state).toBe("done");
    await thread[Symbol.asyncDispose]();
    await queue[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await connection.close();
    await host[Symbol.asyncDispose]();
    await broker.close();
  });
});
void [openOnnxRuntime, openParameterSet, onTestFinished, trainRun];
