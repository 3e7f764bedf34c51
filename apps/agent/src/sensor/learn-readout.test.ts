import { AbortedError, createBatch, createRandom, rowOf, rowsOf } from "@ohmwork/core";
import { createEar, ear8, earTimings, type SimulatedSystem, startCodes } from "@ohmwork/systems";
import { alignedClip, clipLayouts, logisticRegression, syntheticVowels } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { type KnownSounds, learnReadout } from "./learn-readout.ts";

const vowels = ["ae", "iy", "uw"];

function soundsOf(seed: number, speakers: number): KnownSounds {
  const clips = syntheticVowels({ seed, vowels, speakers });
  const rows = clips.map(({ sound }) => alignedClip(sound.samples, clipLayouts.gated) as Float32Array);
  const width = (rows[0] as Float32Array).length;
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) data.set(row, i * width);
  return { rows: createBatch(data, [rows.length, width]), labels: Uint32Array.from(clips, ({ vowel }) => vowels.indexOf(vowel)) };
}

const ear = (): SimulatedSystem => createEar({ design: ear8(earTimings.gated), classes: 3, seed: 3 });
const start = (): Float32Array => {
  const values = new Float32Array(24 + 3 * 9);
  values.set(startCodes(ear8(earTimings.gated)));
  return values;
};

describe("learnReadout()", () => {
  it("teaches a board the vowels of people it never heard, about as well as a regression on what the board measured", async () => {
    await using system = ear();
    const [known, others] = [soundsOf(1, 5), soundsOf(2, 5)];
    const learned = await learnReadout({ system, classes: 3, sounds: known, start: start(), seed: 1, epochs: 15, folds: 2 });
    expect(learned.parameters.subarray(0, 24)).toEqual(start().subarray(0, 24));
    for (const weight of learned.parameters.subarray(24)) {
      expect(Math.abs(weight)).toBeLessThanOrEqual(1);
      expect(Number.isInteger(weight * 128)).toBe(true);
    }
    expect(learned.accuracy).toBeGreaterThan(0.7);
    expect(learned.gainPerVolt).toBeGreaterThan(1);
    expect(learned.evaluations).toBe(30 * 15 * 2 + 30); // half of them twice, all once, and each once left out
    const { stages } = await system.respond(others.rows);
    const scores = stages["scores"]!;
    const own = shareOf(others, (row) => indexOfHighest(rowOf(scores, row)));
    const heard = await system.respond(known.rows);
    const digital = logisticRegression({ features: heard.stages["envelopes"]!, labels: known.labels, classes: 3 });
    const answers = digital(stages["envelopes"]!);
    const refit = shareOf(others, (row) => answers[row] as number);
    expect(own).toBeGreaterThan(refit - 0.15); // one clip is 3 points
  });

  it("learns nothing of labels that are swapped at random", async () => {
    await using system = ear();
    const { rows, labels } = soundsOf(1, 4);
    const order = createRandom(9, "labels").permutation(labels.length);
    const swapped = { rows, labels: Uint32Array.from(order, (row) => labels[row] as number) };
    const learned = await learnReadout({ system, classes: 3, sounds: swapped, start: start(), seed: 1, epochs: 15, folds: 3 });
    expect(learned.accuracy).toBeLessThan(0.67);
  });

  it("says nothing of how well where there is one sound of a class, and takes no class without any", async () => {
    await using system = ear();
    const { rows, labels } = soundsOf(1, 1);
    const one = {
      rows: createBatch(rows.data.slice(0, 3 * rowsOf(rows).width), [3, rowsOf(rows).width]),
      labels: Uint32Array.of(0, 1, 2),
    };
    expect(labels).toHaveLength(6);
    const learned = await learnReadout({ system, classes: 3, sounds: one, start: start(), seed: 1, epochs: 2 });
    expect(learned).not.toHaveProperty("accuracy");
    expect(learned).not.toHaveProperty("gainPerVolt");
    await expect(
      learnReadout({ system, classes: 3, sounds: { ...one, labels: Uint32Array.of(0, 1, 1) }, start: start(), seed: 1 }),
    ).rejects.toThrow(RangeError);
  });

  it("stops when it is told to", async () => {
    await using system = ear();
    const options = { system, classes: 3, sounds: soundsOf(1, 1), start: start(), seed: 1, signal: AbortSignal.abort() };
    await expect(learnReadout(options)).rejects.toThrow(AbortedError);
  });
});

const indexOfHighest = (scores: Float32Array): number => scores.indexOf(Math.max(...scores));

const shareOf = ({ labels }: KnownSounds, answer: (row: number) => number): number =>
  labels.filter((label, row) => answer(row) === label).length / labels.length;
