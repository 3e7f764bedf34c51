import { testRuntime as runtime } from "@ohmwork/autograd/testing";
import { BadInputError, createBatch, type PhysicalSystem } from "@ohmwork/core";
import { digits8x8, syntheticVowels, vowelClips } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { createTrainingDevice } from "./training-device.ts";
import { createTrainingExperiment } from "./training-experiment.ts";

const dataset = digits8x8({ seed: 3 });
const made = { dataset, runtime, seed: 3, gapScale: 2 };

async function answerOf(device: PhysicalSystem): Promise<Float32Array> {
  const width = device.ports.inputs.reduce((sum, { size }) => sum + size, 0);
  const inputs = createBatch(new Float32Array(width).fill(0.5), [1, width]);
  const { stages } = await device.respond(inputs, { id: "same" });
  return Object.values(stages)[0]?.data as Float32Array;
}

describe("createTrainingDevice()", () => {
  it("gives the device of a training of the same seed, with its twin", async () => {
    const { parts, recipe } = await createTrainingExperiment({ ...made, system: "rlc", rule: "pat" });
    const { name, device } = await createTrainingDevice({ ...made, system: "rlc" });
    expect(name).toBe("circuit");
    expect(device.stages.at(-1)?.twin).toBe(recipe.twins["circuit"]?.sha256);
    expect(await answerOf(device)).toEqual(await answerOf(parts.devices["circuit"] as PhysicalSystem));
    const { device: other } = await createTrainingDevice({ ...made, system: "rlc", gapScale: 0 });
    expect(await answerOf(other)).not.toEqual(await answerOf(device));
  });
  it("gives a system whose devices are stages of one as that one, or a stage of it", async () => {
    const clips = syntheticVowels({ seed: 1, speakers: 10, vowels: ["ae", "iy", "uw"] });
    const options = { ...made, dataset: vowelClips(clips, { seed: 1 }), system: "ear-8", ear: { tolerance: 0.1 } };
    const { name, device } = await createTrainingDevice(options);
    expect([name, device.stages.map((stage) => stage.name)]).toEqual(["bank+mixer", ["envelopes", "scores"]]);
    expect(device.stages.every(({ twin }) => twin !== undefined)).toBe(true);
    const { device: mixer } = await createTrainingDevice({ ...options, part: "mixer" });
    expect(mixer.stages.map((stage) => stage.name)).toEqual(["scores"]);
  });
  it("gives the part that is asked for, and says which there are", async () => {
    const { device } = await createTrainingDevice({ ...made, system: "pendulums", part: "second" });
    expect(device.ports.inputs[0]?.size).toBe(64 + 10);
    const failing = (system: string, part?: string): Promise<unknown> =>
      createTrainingDevice({ ...made, system, ...(part !== undefined && { part }) });
    await expect(failing("pendulums")).rejects.toThrow("System pendulums has several devices: expected one of first, second");
    await expect(failing("pendulums", "frist")).rejects.toThrow('has no device "frist", did you mean "first"?');
    await expect(failing("pendulum")).rejects.toThrow(BadInputError);
  });
});
