import { type Batch, createBatch, createRandom, type PhysicalSystem, widthOf } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { describeGap } from "../declared-gap.ts";
import { ear8, type EarDesign, type EarTiming, startCodes } from "./ear-design.ts";
import { realisticEarGap } from "./ear-gap.ts";
import { createEar } from "./ear.ts";
import { createFilterBank, type EarOptions } from "./filter-bank.ts";
import { createMixer } from "./mixer.ts";

const short: EarTiming = { samples: 500, leadSamples: 50, slots: { count: 2, samples: 200, delaySamples: 30 } };
const gated: EarTiming = { samples: 500, leadSamples: 50, slots: "gated" };
const design = (timing: EarTiming): EarDesign => ({ ...ear8(timing), channels: ear8().channels.slice(1, 4) });
const still = { ...realisticEarGap, readingNoise: 0, microphoneNoise: 0, gainDecibels: 0 };

async function respond(system: PhysicalSystem, inputs: Batch, id = "call"): Promise<Record<string, Float32Array>> {
  const { stages } = await system.respond(inputs, { id });
  return Object.fromEntries(Object.entries(stages).map(([name, { data }]) => [name, data]));
}

function sounds(rows: number, width: number): Batch {
  const random = createRandom(2, "sounds");
  return createBatch(
    Float32Array.from({ length: rows * width }, () => random.normal()),
    [rows, width],
  );
}

/** Codes, then weights from −1 to 1. */
function someParameters(system: PhysicalSystem): Float32Array {
  const random = createRandom(5, "parameters");
  return Float32Array.from(
    system.ports.parameters.flatMap(({ size, min, max }) =>
      Array.from({ length: size }, () => min + (max - min) * random.uniform()),
    ),
  );
}

describe("ears keep the contract", () => {
  const kinds: Readonly<Record<string, (options: EarOptions) => PhysicalSystem>> = {
    "filter bank": createFilterBank,
    "gated filter bank": (options) => createFilterBank({ ...options, design: design(gated) }),
    "filter bank of diodes": (options) => createFilterBank({ ...options, detector: "diode" }),
    mixer: (options) => createMixer({ ...options, classes: 3 }),
    ear: (options) => createEar({ ...options, classes: 3 }),
  };
  for (const [kind, create] of Object.entries(kinds)) {
    for (const { name, run } of physicalSystemContract(kind, async (seed) => create({ design: design(short), seed })))
      it(`${kind}: ${name}`, async () => expect(await run()).toBeUndefined());
  }
});

describe("createEar()", () => {
  it("is its filter bank and then its mixer", async () => {
    const options = { design: design(short), seed: 4, gap: still, classes: 3 };
    const [ear, bank, mixer] = [createEar(options), createFilterBank(options), createMixer(options)];
    const parameters = someParameters(ear);
    const codes = widthOf(bank.ports.parameters);
    await ear.program(parameters);
    await bank.program(parameters.slice(0, codes));
    await mixer.program(parameters.slice(codes));
    const inputs = sounds(3, 500);
    const whole = await respond(ear, inputs);
    const heard = await respond(bank, inputs);
    expect(whole["envelopes"]).toEqual(heard["envelopes"]);
    expect(whole["scores"]).toEqual((await respond(mixer, createBatch(heard["envelopes"] as Float32Array, [3, 6])))["scores"]);
  });

  it("reads envelopes with noise that its mixer does not get", async () => {
    const gap = { ...still, readingNoise: 0.01 };
    const options = { design: design(short), seed: 4, classes: 3 };
    const [noisy, quiet] = [createEar({ ...options, gap }), createEar({ ...options, gap: still })];
    const rows = 60;
    const inputs = sounds(rows, 500);
    const parameters = someParameters(noisy);
    for (const ear of [noisy, quiet]) await ear.program(parameters);
    const [a, b] = [await respond(noisy, inputs), await respond(quiet, inputs)];
    const deviation = (name: string): number => {
      const [x, y] = [a[name] as Float32Array, b[name] as Float32Array];
      return Math.sqrt(x.reduce((sum, value, i) => sum + (value - (y[i] as number)) ** 2, 0) / x.length);
    };
    expect(Math.abs(deviation("envelopes") - 0.01)).toBeLessThan(0.002);
    expect(Math.abs(deviation("scores") - 0.01)).toBeLessThan(0.002); // its own reading, not that of six envelopes
  });
});

describe("createFilterBank()", () => {
  it("has parts that err by the tolerance, the same draw whatever its size", async () => {
    const inputs = sounds(1, 500);
    const at = async (seed: number, tolerance: number): Promise<Float32Array> =>
      (
        await respond(createFilterBank({ design: design(short), seed, gap: { ...still, rectifierOffset: 0, tolerance } }), inputs)
      )["envelopes"] as Float32Array;
    const [drawn, small, large, other] = [await at(1, 0), await at(1, 0.001), await at(1, 0.002), await at(2, 0.001)];
    const [one, two] = [small, large].map((values) => values.map((value, i) => value - (drawn[i] as number)));
    const bent = (two as Float32Array).map((value, i) => value - 2 * ((one as Float32Array)[i] as number));
    expect(Math.hypot(...bent)).toBeLessThan(0.05 * Math.hypot(...(two as Float32Array)));
    expect(other).not.toEqual(small);
    expect(await at(3, 0)).toEqual(drawn);
  });

  it("averages from the onset to the end of the sound where it is gated, and hears nothing in no time", async () => {
    const bank = createFilterBank({ design: design(gated), seed: 1, gap: { ...still, rectifierOffset: 0 } });
    const sound = sounds(1, 500).data;
    const ending = (seconds: number): Batch => createBatch(Float32Array.from([...sound, seconds]), [1, 501]);
    const [first, whole, none] = await Promise.all(
      [100, 200, 0].map(async (samples) => (await respond(bank, ending(samples / 16_000)))["envelopes"] as Float32Array),
    );
    const later = createFilterBank({
      design: design({ samples: 500, leadSamples: 50, slots: { count: 1, samples: 100, delaySamples: 100 } }),
      seed: 1,
      gap: { ...still, rectifierOffset: 0 },
    });
    const second = (await respond(later, createBatch(sound, [1, 500])))["envelopes"] as Float32Array;
    for (let k = 0; k < 3; k += 1) expect(whole?.[k]).toBeCloseTo(((first?.[k] as number) + (second[k] as number)) / 2, 5);
    expect([...(none as Float32Array)]).toEqual([0, 0, 0]);
  });

  it("declares its gap in one form, by its size", () => {
    const lines = describeGap(createEar({ design: design(short), seed: 1, gapScale: 2, classes: 3 }).gap);
    expect(lines).toContain("structure, error: frequency, quality, gain and time constant of each channel, 10 %");
    expect(lines).toContain("parameter, error: each weight, 10 %");
    expect(lines).toContain("input, noise: gain control, of each clip, 2 dB");
    expect(() => createFilterBank({ design: design(short), seed: 1, gapScale: -1 })).toThrow("gapScale -1");
  });

  it("begins at the drawn frequencies and quality factors, to one position", () => {
    const { channels } = ear8();
    const codes = startCodes(ear8());
    for (const [k, { fullHertz, startHertz, startQuality }] of channels.entries()) {
      expect(Math.abs((codes[k] as number) - startHertz / fullHertz)).toBeLessThanOrEqual(1 / 512);
      expect(Math.abs(0.05 + 0.95 * (codes[8 + k] as number) - 1 / startQuality)).toBeLessThanOrEqual(0.95 / 512);
    }
  });
});
