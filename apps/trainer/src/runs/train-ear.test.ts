import { testRuntime as runtime } from "@ohmwork/autograd/testing";
import { createTrainingDevice } from "@ohmwork/recipes";
import { syntheticVowelClips } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { openRunsBench } from "../testing/runs-bench.ts";
import type { RunSpec } from "./run.ts";
import { openTrainingThread } from "./training/open-training-thread.ts";

const earRun: RunSpec = {
  task: "vowel-clips",
  system: "ear-8",
  rule: "in-silico-then-transfer",
  seed: 1,
  rows: 256,
  epochs: 25,
  commitEvery: 8,
  devices: { bank: "ear-1", mixer: "ear-1" },
};

describe("a run of an ear", () => {
  it("trains both its stages in one device, from its equations on, and gives one set for it", { timeout: 120_000 }, async () => {
    const dataset = syntheticVowelClips({ seed: 1 });
    const { name, device } = await createTrainingDevice({ dataset, system: "ear-8", seed: 1, ear: { tolerance: 0.1 }, runtime });
    await using ear = device;
    expect(name).toBe("bank+mixer");
    await using bench = await openRunsBench();
    const host = await bench.addDevice("ear-1", { system: ear });
    // What is computed must not hold up a clock that goes thirty times as fast.
    await using thread = openTrainingThread();
    await bench.startWorker({ train: thread.train });
    const trained = async (rule: string): Promise<{ id: string; accuracy: number }> => {
      const [run] = await bench.runs.start({ ...earRun, rule });
      const id = run?.id as string;
      await bench.until(id, "done", "failed");
      const { run: shown } = (await bench.runs.show(id)) ?? {};
      expect(shown?.reason).toBeUndefined();
      const { deviceAccuracy = 0, parameters = [] } = shown?.result ?? {};
      expect(parameters.map(({ name: of, device: at }) => `${of} ${at}`)).toEqual(["bank+mixer ear-1"]);
      return { id, accuracy: deviceAccuracy };
    };
    const before = await trained("in-silico-then-transfer");
    const asked = host.measurements.length;
    const after = await trained("in-silico-then-fine-tune");
    expect(after.accuracy).toBeGreaterThan(before.accuracy + 0.05);
    const [values] = await bench.valuesOf(after.id);
    expect(values).toHaveLength(ear.ports.parameters.reduce((sum, { size }) => sum + size, 0));
    // The mixer costs no call: 16 steps, validation and test rows, five rows in a message.
    const rows = host.measurements.slice(asked).reduce((sum, one) => sum + one.rows, 0);
    expect(rows).toBe(256 + dataset.validation.labels.length + dataset.test.labels.length);
  });
});
