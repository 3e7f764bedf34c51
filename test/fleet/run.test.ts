import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import { Seconds } from "@ohmwork/core";
import { createExperiment, runExperiment } from "@ohmwork/recipes";
import { BrokerUnreachableError, startEmbeddedBroker, StoreFailedError } from "@ohmwork/runtime";
import { startFrozenBroker } from "@ohmwork/runtime/testing";
import { openStore, runTrainer, type TrainerCounts } from "@ohmwork/trainer";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createSumDevice } from "./sum-device.ts";

const storeFile = (): string => join(mkdtempSync(join(tmpdir(), "ohmwork-run-")), "trainer.sqlite");

async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `mqtt://127.0.0.1:${port}`;
}

describe("runAgent() and runTrainer()", () => {
  it("meet in one process, and end in order", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const stop = new AbortController();
    const seen: string[] = [];
    const file = storeFile();
    const ready = Promise.withResolvers<void>();
    const training = runTrainer(
      {
        fleet: "home",
        broker: broker.url,
        file,
        onReady: ready.resolve,
        onStatus: (device, { state }) => seen.push(`${device} ${state}`),
      },
      stop.signal,
    );
    await ready.promise;
    const { learned, outbox } = await runAgent({ device: createSumDevice(), broker: broker.url, exit: true }, stop.signal);
    expect(learned?.score).toBeLessThan(0.01);
    expect(outbox.depth).toBe(0);
    await vi.waitFor(() => expect(seen.at(-1)).toBe("d1 offline"));
    stop.abort();
    const { counts, summary } = await training;
    expect(counts).toMatchObject({ samples: outbox.oldest - 1, failedCommits: 0, refused: {} });
    expect(summary.devices).toMatchObject([
      { device: "d1", online: false, samples: outbox.oldest - 1, lastProgress: { step: 2000 } },
    ]);
  });

  it("an agent learns of a recipe what the recipe learns by itself", async () => {
    const alone = await runExperiment(createExperiment("iris", { seed: 3 }));
    const { task, system, systemName, rule, steps, seed, reportEvery } = createExperiment("iris", { seed: 3 });
    const device = { fleet: "home", id: "iris", system, systemName, ruleName: rule, task, steps, seed, reportEvery };
    const stop = new AbortController();
    const options = { device, broker: await deadUrl(), onLearned: () => stop.abort() };
    const { learned } = await runAgent(options, stop.signal);
    expect(learned).toMatchObject({ score: alone.testScore, powerWatts: alone.powerWatts, steps: alone.steps });
  });

  it("an agent keeps others from its state folder", async () => {
    const state = mkdtempSync(join(tmpdir(), "ohmwork-run-"));
    const run = { device: createSumDevice(), broker: await deadUrl(), state };
    const stop = new AbortController();
    const onLearned = (): void => stop.abort();
    const first = runAgent({ ...run, onLearned }, stop.signal);
    await expect(runAgent(run, stop.signal)).rejects.toThrow(StoreFailedError);
    await first;
    const again = new AbortController();
    await expect(runAgent({ ...run, onLearned: () => again.abort() }, again.signal)).resolves.toHaveProperty("learned");
  });

  it("an agent learns without any broker, and says what that costs", async () => {
    const url = await deadUrl();
    const troubles: string[] = [];
    const stop = new AbortController();
    const { learned, outbox } = await runAgent(
      { device: createSumDevice(), broker: url, onTrouble: (message) => troubles.push(message), onLearned: () => stop.abort() },
      stop.signal,
    );
    expect(learned?.score).toBeLessThan(0.01);
    expect(outbox.depth).toBeGreaterThan(0);
    expect(troubles).toEqual([`${outbox.depth} samples were never acknowledged and are lost: the outbox is in memory`]);
  });

  it("do not take the link from each other, whatever their names", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const stop = new AbortController();
    const troubles: string[] = [];
    const common = { broker: broker.url, onTrouble: (message: string) => void troubles.push(message) };
    const ready = Promise.withResolvers<void>();
    const training = runTrainer({ ...common, fleet: "home", id: "t1", file: storeFile(), onReady: ready.resolve }, stop.signal);
    await ready.promise;
    const device = { ...createSumDevice(), id: "trainer-t1" };
    const { outbox } = await runAgent({ ...common, device, exit: true }, stop.signal);
    expect(outbox.depth).toBe(0);
    stop.abort();
    await training;
    expect(troubles).toEqual([]);
  });

  it("leave a broker that has frozen behind", async () => {
    await using broker = await startFrozenBroker({ subscriptions: true });
    const stop = new AbortController();
    const training = runTrainer(
      { fleet: "home", broker: broker.url, file: storeFile(), onReady: () => stop.abort() },
      stop.signal,
    );
    const learning = runAgent({ device: createSumDevice(), broker: broker.url }, stop.signal);
    expect((await training).counts.samples).toBe(0);
    expect((await learning).learned?.score).toBeLessThan(0.01);
  }, 20_000); // without deadlines each wait would last as long as the keepalive, 22 s

  it("a trainer without a broker or a store says so", async () => {
    const url = await deadUrl();
    const never = new AbortController().signal;
    const trainer = (file: string): Promise<{ counts: TrainerCounts }> =>
      runTrainer({ fleet: "home", broker: url, file, connectSeconds: Seconds(0.2) }, never);
    await expect(trainer(storeFile())).rejects.toBeInstanceOf(BrokerUnreachableError);
    await expect(trainer(join(storeFile(), "no", "folder"))).rejects.toBeInstanceOf(StoreFailedError);
  });
});

/** Runs some lines of a module in a process of its own. */
function startProcess(lines: string[]): ChildProcess {
  const child = spawn(
    process.execPath,
    ["--conditions=@ohmwork/source", "--input-type=module-typescript", "--eval", lines.join("\n")],
    { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode === null && child.signalCode === null) child.once("exit", resolve);
    else resolve(child.exitCode);
  });

describe("separate processes", () => {
  it("lose no acknowledged sample when the trainer is killed again and again", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const file = storeFile();
    const startTrainer = (): ChildProcess =>
      startProcess([
        `import { runTrainer } from "@ohmwork/trainer"; import { runUntilSignal } from "@ohmwork/runtime";`,
        `await runUntilSignal((signal) => runTrainer({ fleet: "home", broker: ${JSON.stringify(broker.url)}, file: ${JSON.stringify(file)} }, signal));`,
      ]);
    const result = join(mkdtempSync(join(tmpdir(), "ohmwork-run-")), "result.json");
    const agent = startProcess([
      `import { writeFileSync } from "node:fs"; import { createAgent, agentWill } from "@ohmwork/agent"; import { Seconds } from "@ohmwork/core";`,
      `import { connectMqtt } from "@ohmwork/runtime"; import { createSumDevice } from "./sum-device.ts";`,
      `const device = createSumDevice();`,
      `await using connection = connectMqtt(${JSON.stringify(broker.url)}, { clientId: "d1", will: agentWill(device, "b1") });`,
      `const agent = createAgent({ device, boot: "b1", connection, ackSeconds: Seconds(0.2), progressSeconds: Seconds(0.001) });`,
      `await agent.start();`,
      `for (let i = 0; i < 40; i += 1) { await agent.learn(); await new Promise((resolve) => setTimeout(resolve, 50)); }`,
      `if (!(await agent.drained(Seconds(30)))) process.exitCode = 1;`,
      `writeFileSync(${JSON.stringify(result)}, JSON.stringify(agent.outbox()));`,
      `await agent.stop();`,
    ]);
    let trainer = startTrainer();
    for (let kills = 0; kills < 4; kills += 1) {
      await new Promise((resolve) => setTimeout(resolve, 400 + 150 * kills));
      trainer.kill("SIGKILL");
      await exitOf(trainer);
      trainer = startTrainer();
    }
    expect(await exitOf(agent)).toBe(0);
    const { oldest, dropped } = JSON.parse(readFileSync(result, "utf8")) as { oldest: number; dropped: number };
    expect(dropped).toBe(0);
    trainer.kill("SIGTERM");
    expect(await exitOf(trainer)).toBe(0);
    await using store = await openStore(file);
    expect((await store.summary("home")).samples).toBe(oldest - 1);
    expect(oldest - 1).toBeGreaterThanOrEqual(40 * 40);
  });
});
