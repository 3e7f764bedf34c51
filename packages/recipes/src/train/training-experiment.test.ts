import { testRuntime } from "@ohmwork/autograd/testing";
import { BadInputError } from "@ohmwork/core";
import { readSpiceDeck } from "@ohmwork/systems";
import { digits8x8 } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { createTrainingExperiment } from "./training-experiment.ts";

const volts = { name: "v", unit: "V", min: -1, max: 1 };
const ports = { inputs: [{ ...volts, parameter: "v" }], parameters: [], outputs: [{ ...volts, vector: "v(out)" }] };
const deck = readSpiceDeck("Never run\n.param v=0\n.op\n.end\n", JSON.stringify(ports));
const run = (): never => {
  throw new TypeError("The netlist is measured before it is known that nothing comes of it");
};

describe("createTrainingExperiment()", () => {
  it.each([
    [{ choices: { loss: "hing" } }, 'Unknown loss "hing", did you mean "hinge"?'],
    [{ twin: "as-made" as const }, "This system does not give its own equations, expected a model as its twin"],
  ])("refuses %j before a netlist is measured, which may take minutes", async (asked, message) => {
    const spice = { deck, engine: { run } };
    const common = { dataset: digits8x8({ seed: 1 }), system: "spice", rule: "pat", seed: 1, runtime: testRuntime, spice };
    await expect(createTrainingExperiment({ ...common, ...asked })).rejects.toThrow(new BadInputError(message));
  });
});
