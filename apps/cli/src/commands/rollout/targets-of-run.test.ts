import { expect, it } from "vitest";
import type { TrainerClient } from "../../trainer-client.ts";
import { targetsOfRun } from "./targets-of-run.ts";

const spec = { task: "digits", system: "pendulums", rule: "pat", seed: 1, devices: {} };
const measured = { deviceAccuracy: 0.9, testRows: 359, twinAccuracy: 0.8 };
const [one, two] = ["1".repeat(64), "2".repeat(64)];

function trainerWith(run: object): TrainerClient {
  return {
    get: async (path, schema) => schema.parse({ run: { id: path.split("/").at(-1), spec, ...run } }),
    post: () => Promise.reject(new RangeError("Nothing is to be changed")),
  };
}

it("gives each device of a run the set that it came to, and what that rests on", async () => {
  const parameters = [
    { layer: 0, device: "swing-1", sha256: one },
    { layer: 2, device: "swing-2", sha256: two },
  ];
  const trainer = trainerWith({ state: "done", result: { ...measured, parameters } });
  expect(await targetsOfRun(trainer, "r1")).toEqual({
    targets: [
      { device: "swing-1", set: one },
      { device: "swing-2", set: two },
    ],
    evidence: { run: "r1", samples: 359, score: 0.9 },
  });
});

it("refuses a run that is not done, and one that has no one set for a device", async () => {
  await expect(targetsOfRun(trainerWith({ state: "running" }), "r1")).rejects.toThrow(
    /^Run r1 is running, expected one that is done$/,
  );
  const parameters = [one, two].map((sha256, layer) => ({ layer, device: "crystal-1", sha256 }));
  const trainer = trainerWith({ state: "done", result: { ...measured, parameters } });
  await expect(targetsOfRun(trainer, "r1")).rejects.toThrow(/several layers through device crystal-1/);
});
