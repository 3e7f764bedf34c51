import { type Batch, createBatch, createRandom, type PhysicalSystem, widthOf } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { ear8 } from "./ear/ear-design.ts";
import { createEar } from "./ear/ear.ts";
import { createFilterBank } from "./ear/filter-bank.ts";
import { createMixer } from "./ear/mixer.ts";
import { stagesAsSystems } from "./stages-as-systems.ts";

const design = ear8();
const options = { design, seed: 3, classes: 3 };

type Made = {
  readonly whole: PhysicalSystem;
  readonly bank: PhysicalSystem;
  readonly mixer: PhysicalSystem;
  readonly calls: string[];
};

function made(): Made {
  const ear = createEar(options);
  const calls: string[] = [];
  const whole: PhysicalSystem = {
    ...ear,
    program: (values, call) => {
      calls.push("program");
      return ear.program(values, call);
    },
    respond: (inputs, call) => {
      calls.push(`respond ${call?.id}`);
      return ear.respond(inputs, call);
    },
  };
  const [bank, mixer] = stagesAsSystems(whole, [createFilterBank(options), createMixer(options)]) as [
    PhysicalSystem,
    PhysicalSystem,
  ];
  return { whole, bank, mixer, calls };
}

const codes = (system: PhysicalSystem, value: number): Float32Array =>
  new Float32Array(widthOf(system.ports.parameters)).fill(value);

function sound(rows: number): Batch {
  const width = widthOf(createFilterBank(options).ports.inputs);
  const { normal } = createRandom(1, "sound");
  return createBatch(
    Float32Array.from({ length: rows * width }, () => 0.3 * normal()),
    [rows, width],
  );
}

/** The first part of a whole whose second part is programmed already. */
async function firstOf(seed: number): Promise<PhysicalSystem> {
  const own = { ...options, seed };
  const [bank, mixer] = stagesAsSystems(createEar(own), [createFilterBank(own), createMixer(own)]) as [
    PhysicalSystem,
    PhysicalSystem,
  ];
  await mixer.program(codes(mixer, 0.25));
  await bank.program(codes(bank, 0.5));
  return bank;
}

describe("stagesAsSystems()", () => {
  for (const { name, run } of physicalSystemContract("first stage", firstOf))
    it(`keeps the contract: ${name}`, async () => expect(await run()).toBeUndefined());

  it("gives what the whole measures, each stage where it is asked for, with one programming and one call", async () => {
    const { bank, mixer, calls } = made();
    await bank.program(codes(bank, 0.5));
    await mixer.program(codes(mixer, 0.25));
    const inputs = sound(2);
    const heard = (await bank.respond(inputs, { id: "a" })).stages["envelopes"] as Batch;
    // Values, not the object: they have been through graphs in between.
    const scores = (await mixer.respond(createBatch(heard.data.slice(), heard.shape))).stages["scores"] as Batch;
    expect(calls).toEqual(["program", "respond a"]);
    const ear = createEar(options);
    await ear.program(Float32Array.from([...codes(bank, 0.5), ...codes(mixer, 0.25)]));
    const { stages } = await ear.respond(inputs, { id: "a" });
    expect({ envelopes: heard, scores }).toEqual(stages);
  });

  it("knows the calls of a batch that was cut", async () => {
    const { bank, mixer } = made();
    await bank.program(codes(bank, 0.5));
    await mixer.program(codes(mixer, 0.25));
    const heard: Batch[] = [];
    for (const id of ["a", "b", "c"]) heard.push((await bank.respond(sound(1), { id })).stages["envelopes"] as Batch);
    const scores = await Promise.all(heard.map(async (one) => (await mixer.respond(one)).stages["scores"]?.data.join()));
    expect(new Set(scores).size).toBe(3);
  });

  it("refuses what was not measured, and what was measured before a parameter changed", async () => {
    const { bank, mixer } = made();
    await bank.program(codes(bank, 0.5));
    await expect(bank.respond(sound(1))).rejects.toThrow("Stage scores has no parameters yet");
    await mixer.program(codes(mixer, 0.25));
    const heard = (await bank.respond(sound(1), { id: "a" })).stages["envelopes"] as Batch;
    const other = createBatch(heard.data.with(3, 0.5), heard.shape);
    await expect(mixer.respond(other)).rejects.toThrow(RangeError);
    await mixer.program(codes(mixer, 0.5));
    await expect(mixer.respond(heard)).rejects.toThrow("Stage scores is measured together with envelopes");
  });

  it("refuses parts that the whole is not made of", () => {
    const parts = [createFilterBank(options), createMixer({ ...options, classes: 4 })];
    expect(() => stagesAsSystems(createEar(options), parts)).toThrow("has 99 parameters: expected 124, those of its parts");
    expect(() => stagesAsSystems(createMixer(options), parts)).toThrow("measures scores: expected envelopes, scores");
  });
});
