import { openOnnxRuntime } from "@ohmwork/runtime";
import { createShg } from "@ohmwork/systems";
import { expect, it } from "vitest";
import { trainRun } from "./train-run.ts";

it("goes through the training rows as often as it is asked to", async () => {
  const runtime = await openOnnxRuntime({ threads: 1 });
  await using crystal = createShg({ seed: 1, gapScale: 0 });
  const planned = new Set<number>();
  let steps = 0;
  await trainRun(
    {
      spec: { task: "digits", system: "shg", rule: "pat", seed: 1, rows: 64, epochs: 3, devices: { crystal: "crystal-1" } },
      devices: { crystal },
    },
    {
      signal: new AbortController().signal,
      onProgress: async (progress) => {
        ({ steps } = progress);
        planned.add(progress.stepsInAll);
      },
    },
    runtime,
  );
  expect([...planned]).toEqual([6]); // two batches of 32 rows, three times
  expect(steps).toBe(6);
});
