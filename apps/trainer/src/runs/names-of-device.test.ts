import { openOnnxRuntime } from "@ohmwork/runtime";
import { createTrainingExperiment } from "@ohmwork/recipes";
import { digits8x8, syntheticVowels, vowelClips } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { namesOfDevice } from "./names-of-device.ts";

const clips = vowelClips(syntheticVowels({ seed: 1, speakers: 20, vowels: ["ae", "iy", "uw"] }), { seed: 1 });

describe("namesOfDevice()", () => {
  it.each(["plate", "rlc", "shg", "ear-8"])("knows what the network of %s calls its device", async (system) => {
    const runtime = await openOnnxRuntime({ threads: 1 });
    const dataset = system.startsWith("ear") ? clips : digits8x8({ seed: 1 });
    const { recipe } = await createTrainingExperiment({ dataset, system, rule: "pat", seed: 1, runtime });
    const names = Object.keys(recipe.devices);
    expect(names).toEqual(namesOfDevice(system));
    expect(names.length > 1).toBe(recipe.whole !== undefined);
    for (const device of Object.values(recipe.devices)) await device[Symbol.asyncDispose]();
  });

  it("refuses a system of several", () => {
    expect(() => namesOfDevice("pendulums")).toThrow("system pendulums has several");
  });
});
