import { openOnnxRuntime } from "@ohmwork/runtime";
import { createTrainingExperiment } from "@ohmwork/recipes";
import { digits8x8 } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { onlyDeviceOf } from "./only-device-of.ts";

describe("onlyDeviceOf()", () => {
  it.each(["plate", "rlc", "shg"])("knows what the network of %s calls its device", async (system) => {
    const runtime = await openOnnxRuntime({ threads: 1 });
    const { recipe } = await createTrainingExperiment({ dataset: digits8x8({ seed: 1 }), system, rule: "pat", seed: 1, runtime });
    expect(Object.keys(recipe.devices)).toEqual([onlyDeviceOf(system)]);
    for (const device of Object.values(recipe.devices)) await device[Symbol.asyncDispose]();
  });

  it("refuses a system of several", () => {
    expect(() => onlyDeviceOf("pendulums")).toThrow("system pendulums has several");
  });
});
