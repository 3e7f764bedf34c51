import { createRandom, type PhysicalSystem } from "@ohmwork/core";
import { isDeep, recordGuarantee, recordMeasured, testSeed } from "@ohmwork/core/testing";
import { systemClock } from "@ohmwork/runtime";
import { hashOfValues } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { type BenchWorker, createCrystal, openRunsBench, type RunsBench, shortRun } from "../testing/runs-bench.ts";
import { requestIdOf } from "./remote/request-id.ts";
import { replayRun } from "./replay-run.ts";
import { openTrainingThread } from "./training/open-training-thread.ts";

const skews = [0, 600_000, -600_000];

/** Trains with so many workers, which freeze around commits and come back later, and gives what was trained. */
async function trainAmong(
  bench: RunsBench,
  workers: number,
  seed: number,
): Promise<{ id: string; values: unknown; commits: number; steps: number[]; reason: string }> {
  const random = createRandom(seed, `faults of ${workers} workers`);
  const started: BenchWorker[] = [];
  let faults = 2;
  let names = 0;
  const disturb = (self: BenchWorker, share: number): void => {
    if (faults === 0 || random.uniform() > share) return;
    faults -= 1;
    self.freeze();
    // By then its lease is over, and another has gone on; or it is the only one, and another is started.
    setTimeout(() => self.thaw(), 1100 + random.below(600));
    if (workers === 1) void start();
  };
  const start = async (): Promise<void> => {
    names += 1;
    const worker = await bench.startWorker({
      name: `w${seed}-${workers}-${names}`,
      skewMilliseconds: skews[random.below(skews.length)] as number,
      onCommit: (_, self) => disturb(self, 0.2),
      onQuestion: (self) => disturb(self, 0.1),
    });
    started.push(worker);
  };
  for (let n = 0; n < workers; n += 1) await start();
  const [run] = await bench.runs.start(shortRun);
  const id = run?.id as string;
  await bench.until(id, "done", "failed");
  for (const worker of started) await worker.stop();
  const shown = await bench.runs.show(id);
  const [commits, steps] = [shown?.run.commits as number, shown?.steps.map((step) => step.steps) as number[]];
  return { id, values: await bench.valuesOf(id), commits, steps, reason: shown?.run.reason ?? "" };
}

/** Trains it again from its journal, to the same bytes. */
async function expectReplay({ store, train, runs }: RunsBench, run: string): Promise<void> {
  const replayed = await replayRun(run, { fleet: "home", store, train, clock: systemClock });
  expect(replayed.parameters).toEqual((await runs.show(run))?.run.result?.parameters);
  for (const { id, bytes } of replayed.sets) expect((await store.parameterSet("home", id))?.bytes).toEqual(bytes);
}

describe("what a run comes to", () => {
  it("is what a training here comes to, bit by bit, trained far away and in a thread", async () => {
    await using bench = await openRunsBench();
    await using thread = openTrainingThread();
    await bench.startWorker({ train: thread.train });
    const [run] = await bench.runs.start(shortRun);
    await bench.until(run?.id as string, "done", "failed");

    const crystal = createCrystal();
    let set = "";
    const local: PhysicalSystem = {
      ...crystal,
      program: async (values) => {
        set = await hashOfValues(values);
        return crystal.program(values);
      },
      // The noise of a call goes by its name, which is another one at the far end.
      respond: (inputs, call) => crystal.respond(inputs, { id: requestIdOf(call?.id ?? "", set, inputs.data) }),
    };
    // One request holds as many rows as one message.
    const largestBatch = Math.max(...bench.host.measurements.map(({ rows }) => rows));
    const traits = { ...local.traits, largestBatch };
    const hooks = { signal: new AbortController().signal, onProgress: async () => undefined };
    const { layers, deviceAccuracy } = await bench.train({ spec: shortRun, devices: { crystal: { ...local, traits } } }, hooks);
    expect(await bench.valuesOf(run?.id as string)).toEqual(layers.map(({ values }) => [...values]));
    const shown = await bench.runs.show(run?.id as string);
    expect(shown?.run.result).toMatchObject({ deviceAccuracy });
  });

  it("is the same with 1, 2 and 4 workers that vanish and come back, and no commit is made twice (P16)", async (context) => {
    const first = testSeed(1);
    const count = isDeep ? 50 : 3;
    await using bench = await openRunsBench();
    let commits = 0;
    const alone = await bench.startWorker();
    const [run] = await bench.runs.start(shortRun);
    await bench.until(run?.id as string, "done", "failed");
    await alone.stop();
    const expected = await bench.valuesOf(run?.id as string);
    expect(expected.map((values) => values.length)).toEqual([60, 60]);
    for (let seed = first; seed < first + count; seed += 1) {
      const workers = [1, 2, 4][seed % 3] as number;
      const trained = await trainAmong(bench, workers, seed);
      expect(trained.reason, `seed ${seed}, ${workers} workers`).toBe("");
      expect(trained.values, `seed ${seed}, ${workers} workers`).toEqual(expected);
      // One commit for each step: none left out, none twice.
      expect(trained.steps).toEqual([1, 2, 3, 4, 5, 6]);
      expect(trained.commits).toBe(6);
      commits += trained.commits;
      await expectReplay(bench, trained.id);
    }
    recordMeasured(context, "commits of runs whose workers vanished", commits);
    recordGuarantee(context, {
      guarantee: "P16",
      fault: "workers frozen at commits and in batches, clocks 10 min off",
      count,
      seed: first,
    });
    recordGuarantee(context, {
      guarantee: "P17",
      fault: "runs of workers that froze, replayed from the journal alone",
      count,
      seed: first,
    });
  });

  it("is come by once more from its journal alone, byte by byte, and no device is asked (P17)", async (context) => {
    await using bench = await openRunsBench();
    await bench.startWorker();
    const [run] = await bench.runs.start({ ...shortRun, seed: 2, rule: "in-silico-then-pat" });
    const id = run?.id as string;
    await bench.until(id, "done", "failed");
    const asked = bench.host.counts().questions;
    await expectReplay(bench, id);
    expect(bench.host.counts().questions).toBe(asked);
    recordGuarantee(context, { guarantee: "P17", fault: "none: replayed from the journal alone", count: 1, seed: 2 });
  });
});
