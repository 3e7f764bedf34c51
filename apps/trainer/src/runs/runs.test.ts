import { describe, expect, it } from "vitest";
import { openPostgres, requirePostgres } from "../testing/postgres.ts";
import { createCrystal, openRunsBench, shortRun } from "../testing/runs-bench.ts";

describe("a run", () => {
  it("trains a device at the far end of MQTT and keeps what it came to, with where it came from", async () => {
    await using bench = await openRunsBench();
    const [run] = await bench.runs.start(shortRun);
    expect(run).toMatchObject({ state: "queued", commits: 0, spec: shortRun });
    await bench.startWorker();
    const id = run?.id as string;
    await bench.until(id, "done");
    const shown = await bench.runs.show(id);
    expect(shown?.run).toMatchObject({
      state: "done",
      worker: "w1",
      commits: 6,
      progress: { steps: 6, stepsInAll: 6 },
      result: { testRows: 359, counts: { skippedSteps: 0, retriedCalls: 0 } },
    });
    expect(shown?.steps.map(({ steps }) => steps)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(shown?.run.result?.parameters.map(({ name, device }) => `${name} ${device}`)).toEqual([
      "crystal crystal-1",
      "crystal crystal-1",
    ]);
    expect((await bench.store.parameterSets("home", { device: "crystal-1", limit: 9 })).map((set) => set.id).toSorted()).toEqual(
      shown?.run.result?.parameters.map(({ sha256 }) => sha256).toSorted(),
    );
    // Every answer is in the journal, once.
    const journal = await bench.store.runs.journal("home", id);
    expect(journal.map(({ request }) => request)).toEqual(bench.host.measurements.map(({ request }) => request));
  });

  it("is worked on once by the workers of a PostgreSQL, whose queue is pg-boss's", async (context) => {
    requirePostgres(context);
    await using server = await openPostgres();
    await using bench = await openRunsBench(await server.createDatabase());
    await bench.addDevice("crystal-2");
    for (const name of ["w1", "w2"]) await bench.startWorker({ name, runsAtOnce: 1 });
    const ids: string[] = [];
    for (const device of ["crystal-1", "crystal-2"]) {
      const [run] = await bench.runs.start({ ...shortRun, devices: { crystal: device } });
      ids.push(run?.id as string);
    }
    for (const id of ids) await bench.until(id, "done", "failed");
    const [one, two] = await Promise.all(ids.map((id) => bench.valuesOf(id)));
    expect(one).toEqual(two);
    expect((await bench.runs.list(9)).map(({ state, commits }) => `${state} ${commits}`)).toEqual(["done 6", "done 6"]);
  });

  it("is paused where it is committed, goes on from there, and is cancelled", async () => {
    await using bench = await openRunsBench();
    const paused = Promise.withResolvers<void>();
    const [run] = await bench.runs.start({ ...shortRun, epochs: 500 });
    const id = run?.id as string;
    await bench.startWorker({
      onCommit: (when) => when === "after" && void bench.runs.wish(id, "pause").then(() => paused.resolve()),
    });
    await paused.promise;
    await bench.until(id, "paused");
    const before = await bench.runs.show(id);
    expect(before?.run.commits).toBeGreaterThan(0);
    expect(await bench.runs.wish(id, "go-on")).toMatchObject({ state: "queued", wish: "go-on" });
    await bench.until(id, "paused"); // the next commit does it again
    const after = await bench.runs.show(id);
    expect(after?.run.commits).toBeGreaterThan(before?.run.commits as number);
    expect(after?.steps.map(({ steps }) => steps)).toEqual(Array.from({ length: after?.run.commits as number }, (_, i) => i + 1));
    expect(await bench.runs.wish(id, "cancel")).toMatchObject({ state: "cancelled" });
    await expect(bench.runs.wish(id, "go-on")).rejects.toThrow(`Run ${id} is cancelled`);
  });

  it("waits for a device that is not there, and for one that another run has", async () => {
    await using bench = await openRunsBench();
    await bench.setOnline("crystal-1", "offline");
    const [first] = await bench.runs.start(shortRun);
    await bench.startWorker();
    const reasonOf = async (id: string): Promise<string | undefined> => (await bench.runs.show(id))?.run.reason;
    await expect.poll(() => reasonOf(first?.id as string)).toBe("Waits for device crystal-1, which is not there");
    await bench.setOnline("crystal-1", "online");
    const [second] = await bench.runs.start({ ...shortRun, seed: 2 });
    await bench.until(first?.id as string, "done");
    await bench.until(second?.id as string, "done");
    // One after the other: the measurements of one run are not between those of the other.
    const order = bench.host.measurements.map(({ run }) => run);
    expect(order.filter((run, i) => run !== order[i - 1])).toHaveLength(2);
  });

  it("fails with what the device or the recipe says", async () => {
    await using bench = await openRunsBench();
    await bench.addDevice("stranger", { keys: [] });
    const refused = await bench.runs.start({ ...shortRun, devices: { crystal: "stranger" } });
    const windows = { crystal: { "trainable pixel": { min: 30, max: 40 } } };
    const narrow = await bench.runs.start({ ...shortRun, windows });
    const unlike = await bench.runs.start({ ...shortRun, system: "rlc", devices: { circuit: "crystal-1" } });
    await bench.startWorker();
    const reasons: unknown[] = [];
    for (const [run] of [refused, narrow, unlike]) {
      await bench.until(run?.id as string, "failed");
      reasons.push((await bench.runs.show(run?.id as string))?.run.reason);
    }
    expect(reasons).toEqual([
      expect.stringContaining("Device stranger refuses"),
      "Window of port trainable pixel from 30 to 40 leaves nothing of -20 to 20",
      expect.stringContaining('Device for "circuit" has inputs input pixel [100]'),
    ]);
  });

  it("moves no parameter out of the window that it was given", async () => {
    await using bench = await openRunsBench();
    await bench.startWorker();
    const windows = { crystal: { "trainable pixel": { min: -0.25, max: 0.25 } } };
    const [run] = await bench.runs.start({ ...shortRun, windows });
    await bench.until(run?.id as string, "done", "failed");
    const values = (await bench.valuesOf(run?.id as string)).flat();
    expect(values).toHaveLength(120);
    const furthest = Math.max(...values.map(Math.abs));
    expect(furthest).toBeLessThanOrEqual(0.25);
    expect(furthest).toBeGreaterThan(0.24); // it begins with a deviation of 1.5
  });

  it("trains devices that are alike to one set, by what each measures of its share of the rows", async () => {
    await using bench = await openRunsBench();
    const second = await bench.addDevice("crystal-2", { system: createCrystal(4) });
    await bench.startWorker();
    const [run] = await bench.runs.start({ ...shortRun, alike: ["crystal-2"] });
    const id = run?.id as string;
    await bench.until(id, "done", "failed");
    const { run: shown } = (await bench.runs.show(id)) ?? {};
    expect(shown?.reason).toBeUndefined();
    expect(shown?.result?.parameters.map(({ layer, device }) => `${layer} ${device}`)).toEqual(
      shown?.result?.parameters
        .filter((_, i) => i % 2 === 0)
        .flatMap(({ layer }) => [`${layer} crystal-1`, `${layer} crystal-2`]),
    );
    const values = await bench.valuesOf(id);
    expect(values).toHaveLength(4);
    expect(values[1]).toEqual(values[0]);
    const measured = [bench.host, second].map(({ measurements }) => measurements.reduce((sum, { rows }) => sum + rows, 0));
    expect(Math.abs((measured[0] as number) - (measured[1] as number))).toBeLessThan(10);
    expect(measured[0]).toBeGreaterThan(100);
    expect(second.measurements.every(({ run: of }) => of === id)).toBe(true);
  });

  it("is one for each device of a group", async () => {
    await using bench = await openRunsBench();
    await bench.addDevice("crystal-2", { groups: ["lab"] });
    await bench.addDevice("crystal-3", { groups: ["lab"] });
    const { devices: _, ...rest } = shortRun;
    const runs = await bench.runs.start({ ...rest, group: "lab" });
    expect(runs.map(({ spec }) => spec.devices)).toEqual([{ crystal: "crystal-2" }, { crystal: "crystal-3" }]);
    await expect(bench.runs.start({ ...rest, group: "attic" })).rejects.toThrow("No device is in group attic");
    await expect(bench.runs.start({ ...shortRun, rule: "digital" })).rejects.toThrow('Unknown rule "digital"');
  });
});
