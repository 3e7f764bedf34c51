import { differentiate, encodeModel, type Tensor, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { type Batch, createBatch, createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { ear8, type EarDesign, type EarTiming, earTimings, startCodes } from "./ear-design.ts";
import { filterBankTwin, filterBankTwinGraph, mixerTwin } from "./ear-graph.ts";
import { createMixer } from "./mixer.ts";

const design = (timing: EarTiming): EarDesign => ({ ...ear8(timing), channels: ear8().channels.slice(2, 5) });
const COUNT = 3;

function noise(length: number, seed: number): Float64Array {
  const random = createRandom(seed, "noise");
  return Float64Array.from({ length }, () => random.normal());
}

/** Power in bins of 12.5 Hz of a piece of 1,280 samples, by the sums that define it. */
function spectrum(piece: Float64Array): Float64Array {
  return Float64Array.from({ length: 400 }, (_, b) => {
    let [re, im] = [0, 0];
    for (const [n, value] of piece.entries()) {
      const angle = (2 * Math.PI * ((n * (b + 1)) % 1280)) / 1280;
      re += value * Math.cos(angle);
      im -= value * Math.sin(angle);
    }
    return (2 * (re * re + im * im)) / 1280 ** 2;
  });
}

/** The equation of the twin for one slot, in double precision. */
function envelopesOf(power: Float64Array, codes: ArrayLike<number>): number[] {
  return design(earTimings.slots).channels.map(({ fullHertz, fullGain }, k) => {
    const [f, damping] = [fullHertz * (codes[k] as number), 0.05 + 0.95 * (codes[COUNT + k] as number)];
    let sum = 1e-9;
    for (const [b, value] of power.entries()) {
      const r = (12.5 * (b + 1)) / f;
      const a = (r * damping) ** 2;
      sum += ((value + 0.001 / 640) * a) / (a + (1 - r * r) ** 2);
    }
    return Math.min(3.3, 0.7 * fullGain * (codes[2 * COUNT + k] as number) * Math.sqrt(sum));
  });
}

describe("filterBankTwin()", () => {
  it("is its equation, and has its slope in every code", async () => {
    const rows = 2;
    const { samples } = earTimings.slots;
    const sound = noise(rows * samples, 1).map((value) => 0.3 * value);
    const graph = differentiate(filterBankTwinGraph({ design: design(earTimings.slots) }), {
      of: "envelopes",
      by: ["parameters"],
      vjp: true,
    });
    const codes = Float64Array.from(startCodes(design(earTimings.slots)));
    const cotangent = noise(rows * 3 * COUNT, 2);
    await using session = await testRuntime.load(encodeModel(graph));
    const made = await session.run({
      inputs: tensor("float32", [rows, samples], sound),
      parameters: tensor("float32", [codes.length], codes),
      cotangent_envelopes: tensor("float32", [rows, 3 * COUNT], cotangent),
    });
    // 50 ms lead, 30 ms to the first slot, 6 ms early.
    const starts = Array.from({ length: 3 * rows }, (_, s) => Math.floor(s / 3) * samples + 1184 + (s % 3) * 1280);
    const powers = starts.map((start) => spectrum(sound.subarray(start, start + 1280)));
    const wanted = powers.flatMap((power) => envelopesOf(power, codes));
    const answers = (made["envelopes"] as Tensor).data as Float32Array;
    expect(answers).toHaveLength(wanted.length);
    for (const [i, value] of wanted.entries()) expect(Math.abs((answers[i] as number) - value)).toBeLessThan(1e-4 * value);
    const slope = (made["grad_parameters"] as Tensor).data as Float32Array;
    const scoreAt = (at: Float64Array): number =>
      powers.flatMap((power) => envelopesOf(power, at)).reduce((sum, value, i) => sum + value * (cotangent[i] as number), 0);
    const size = Math.hypot(...slope);
    for (const i of codes.keys()) {
      const step = 1e-5;
      const difference =
        scoreAt(codes.with(i, (codes[i] as number) + step)) - scoreAt(codes.with(i, (codes[i] as number) - step));
      expect(Math.abs((slope[i] as number) - difference / (2 * step))).toBeLessThan(1e-4 * size);
    }
  });

  it("counts the power before the gate alone", async () => {
    const { samples, leadSamples } = earTimings.gated;
    const twin = await filterBankTwin({ design: design(earTimings.gated) });
    await using session = await testRuntime.load(twin.model);
    const sound = noise(samples, 3);
    const gate = 2.5 * 1280;
    const answer = async (own: Float64Array): Promise<Float32Array> => {
      const made = await session.run({
        inputs: tensor("float32", [1, samples + 1], [...own, gate / 16_000]),
        parameters: tensor("float32", [3 * COUNT], startCodes(design(earTimings.gated))),
      });
      return (made["envelopes"] as Tensor).data as Float32Array;
    };
    const start = leadSamples - 96;
    const silenced = sound.map((value, n) => (n < start || n >= start + gate ? 0 : value));
    expect(await answer(sound)).toEqual(await answer(silenced));
    const pieces = [0, 1, 2].map((t) => spectrum(silenced.subarray(start + t * 1280, start + (t + 1) * 1280)));
    const mean = (pieces[0] as Float64Array).map((_, b) => pieces.reduce((sum, piece) => sum + (piece[b] as number), 0) / 2.5);
    const wanted = envelopesOf(mean, startCodes(design(earTimings.gated)));
    for (const [k, value] of (await answer(sound)).entries())
      expect(Math.abs(value - (wanted[k] as number))).toBeLessThan(1e-4 * value);
  });
});

describe("mixerTwin()", () => {
  it("is a mixer without errors", async () => {
    const options = { design: design(earTimings.slots), classes: 4 };
    const mixer = createMixer({ ...options, seed: 1, gapScale: 0 });
    const [rows, n] = [5, 9];
    const weights = Float32Array.from(noise(4 * (n + 1), 4), (value) => Math.tanh(value));
    const envelopes = Float32Array.from(noise(rows * n, 5), (value) => Math.min(3, Math.abs(value)));
    await mixer.program(weights);
    const measured = (await mixer.respond(createBatch(envelopes, [rows, n]))).stages["scores"] as Batch;
    const { model } = await mixerTwin(options);
    await using session = await testRuntime.load(model);
    const made = await session.run({
      inputs: tensor("float32", [rows, n], envelopes),
      parameters: tensor("float32", [weights.length], weights),
    });
    for (const [i, value] of ((made["scores"] as Tensor).data as Float32Array).entries())
      expect(value).toBeCloseTo(measured.data[i] as number, 5);
  });
});
