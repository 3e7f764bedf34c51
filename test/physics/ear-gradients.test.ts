import { differentiate, encodeModel, loadModel, type Tensor, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { type Batch, rowsOf, takeRows } from "@ohmwork/core";
import { dataPath, isDeep, type MeasuringContext, recordMeasured } from "@ohmwork/core/testing";
import { createTrainingExperiment, runTraining, type TrainingExperiment } from "@ohmwork/recipes";
import { createEar, ear8, ear12, realisticEarGap, type Twin } from "@ohmwork/systems";
import { type SplitDataset, syntheticVowels, vowelClips } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { recordedVowels } from "./recorded-vowels.ts";

/** What does not change from call to call: differences of a noisy board would drown in its noise. */
const still = { ...realisticEarGap, readingNoise: 0, microphoneNoise: 0, gainDecibels: 0 };
/** Step of the central differences, about one position of a potentiometer. */
const STEP = 0.004;
/** Trainings and differences take seconds, on a machine with other work minutes [ms]. */
const MINUTES = 1_800_000;
/** Tolerances of the boards. */
const SIZES = isDeep ? [0.05, 0.1] : [0.1];

type Lesson = { readonly inputs: Batch; readonly labels: Uint32Array };

/** Slope of the loss by the codes of the filters, three ways. */
async function gradientsOf(
  { recipe }: TrainingExperiment,
  parameters: Float32Array,
  { inputs, labels }: Lesson,
  { system, tolerance }: { readonly system: string; readonly tolerance: number },
): Promise<Record<"device" | "pat" | "inSilico", Float64Array>> {
  const design = system === "ear-12" ? ear12() : ear8();
  const codes = 3 * design.channels.length;
  const gain = parameters.at(-1) as number;
  const weights = parameters.subarray(codes, -1);
  const envelopes = 3 * design.channels.length;
  const classes = weights.length / (envelopes + 1);
  const rows = labels.length;
  await using board = createEar({ design, seed: 3, classes, gap: { ...still, tolerance } });
  const scoresAt = async (own: Float32Array): Promise<Float32Array> => {
    await board.program(own);
    return ((await board.respond(inputs)).stages["scores"] as Batch).data;
  };
  const slopeOf = (scores: Float32Array): Float64Array => {
    const slope = new Float64Array(scores.length);
    for (let row = 0; row < rows; row += 1) {
      const own = scores.subarray(row * classes, (row + 1) * classes);
      const shares = softmax(own, gain);
      for (let j = 0; j < classes; j += 1)
        slope[row * classes + j] = (gain * ((shares[j] as number) - (labels[row] === j ? 1 : 0))) / rows;
    }
    return slope;
  };
  const whole = parameters.slice(0, -1);
  const measured = await scoresAt(whole);
  const device = new Float64Array(codes);
  for (let i = 0; i < codes; i += 1) {
    const losses: number[] = [];
    for (const side of [1, -1]) {
      const moved = whole.with(i, Math.min(1, Math.max(0.08, (whole[i] as number) + side * STEP)));
      losses.push(lossOf(await scoresAt(moved), labels, gain));
    }
    device[i] = (losses[0] as number) - (losses[1] as number);
  }
  const twin = loadModel((recipe.twins["bank"] as Twin).model);
  const graph = differentiate(twin, { of: "envelopes", by: ["parameters"], vjp: true });
  await using session = await testRuntime.load(encodeModel(graph));
  const run = (slope: Float64Array): Promise<Record<string, Tensor>> =>
    session.run({
      inputs: tensor("float32", [rows, rowsOf(inputs).width], inputs.data),
      parameters: tensor("float32", [codes], whole.subarray(0, codes)),
      cotangent_envelopes: tensor("float32", [rows, envelopes], throughMixer(slope, weights, envelopes)),
    });
  const pat = await run(slopeOf(measured));
  const modelled = mix((pat["envelopes"] as Tensor).data as Float32Array, weights, envelopes);
  const inSilico = await run(slopeOf(modelled));
  const numbers = (made: Record<string, Tensor>): Float64Array =>
    Float64Array.from((made["grad_parameters"] as Tensor).data as Float32Array);
  return { device, pat: numbers(pat), inSilico: numbers(inSilico) };
}

function softmax(scores: Float32Array, gain: number): Float64Array {
  const largest = Math.max(...scores);
  const powers = Float64Array.from(scores, (score) => Math.exp(gain * (score - largest)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function lossOf(scores: Float32Array, labels: Uint32Array, gain: number): number {
  const classes = scores.length / labels.length;
  let loss = 0;
  for (const [row, label] of labels.entries())
    loss -= Math.log(softmax(scores.subarray(row * classes, (row + 1) * classes), gain)[label] as number) / labels.length;
  return loss;
}

/** z = (Σ w (e − 1 V) + w₀) / √(n + 1) of rows of envelopes, without a board's errors. */
function mix(envelopes: Float32Array, weights: Float32Array, n: number): Float32Array {
  const classes = weights.length / (n + 1);
  return Float32Array.from({ length: (envelopes.length / n) * classes }, (_, at) => {
    const [row, j] = [Math.floor(at / classes), at % classes];
    let sum = weights[j * (n + 1) + n] as number;
    for (let i = 0; i < n; i += 1) sum += (weights[j * (n + 1) + i] as number) * ((envelopes[row * n + i] as number) - 1);
    return sum / Math.sqrt(n + 1);
  });
}

function throughMixer(slope: Float64Array, weights: Float32Array, n: number): Float32Array {
  const classes = weights.length / (n + 1);
  return Float32Array.from({ length: (slope.length / classes) * n }, (_, at) => {
    const [row, i] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let j = 0; j < classes; j += 1) sum += (slope[row * classes + j] as number) * (weights[j * (n + 1) + i] as number);
    return sum / Math.sqrt(n + 1);
  });
}

function cosine(a: Float64Array, b: Float64Array): number {
  const inner = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
}

async function cosinesAfterTraining(
  dataset: SplitDataset,
  { system, clips, epochs }: { readonly system: string; readonly clips: number; readonly epochs: number },
): Promise<(tolerance: number) => Promise<{ readonly pat: number; readonly inSilico: number }>> {
  const experiment = await createTrainingExperiment({
    dataset,
    system,
    rule: "in-silico",
    seed: 1,
    choices: { epochs },
    rows: clips,
    runtime: testRuntime,
  });
  const { state } = await runTraining(experiment);
  const rows = Uint32Array.from({ length: Math.min(clips, dataset.train.labels.length) }, (_, i) => i);
  const lesson = { inputs: takeRows(dataset.train.inputs, rows), labels: dataset.train.labels.slice(0, rows.length) };
  return async (tolerance) => {
    const { device, pat, inSilico } = await gradientsOf(experiment, state.parameters, lesson, { system, tolerance });
    return { pat: cosine(pat, device), inSilico: cosine(inSilico, device) };
  };
}

describe("the gradient of an ear trained in silico, on a board whose parts err", () => {
  it("is known to Physics-Aware Training and not to its twin alone: synthetic vowels", { timeout: MINUTES }, async (context) => {
    const clips = syntheticVowels({ seed: 1, speakers: 12, vowels: ["ae", "ah", "eh", "ih", "uh"] });
    const training = { system: "ear-8", clips: 80, epochs: 150 };
    await expectOracle(context, "synthetic vowels", vowelClips(clips, { seed: 1 }), training, SIZES);
  });

  it("is known to Physics-Aware Training and not to its twin alone: recordings", { timeout: MINUTES }, async (context) => {
    const dataset = vowelClips(recordedVowels(dataPath(context, "vowels-hillenbrand-wav")), { seed: 1 });
    const training = { system: "ear-12", clips: isDeep ? 444 : 192, epochs: isDeep ? 80 : 120 };
    await expectOracle(context, "recordings", dataset, training, SIZES);
  });
});

async function expectOracle(
  context: MeasuringContext,
  what: string,
  dataset: SplitDataset,
  training: Parameters<typeof cosinesAfterTraining>[1],
  tolerances: readonly number[],
): Promise<void> {
  const measure = await cosinesAfterTraining(dataset, training);
  for (const tolerance of tolerances) {
    const { pat, inSilico } = await measure(tolerance);
    const board = `${what}, ${100 * tolerance} % parts`;
    recordMeasured(context, `cosine with the gradient of the board, PAT: ${board}`, pat.toFixed(3));
    recordMeasured(context, `the same, in silico: ${board}`, inSilico.toFixed(3));
    expect(pat, board).toBeGreaterThan(0.7);
    expect(inSilico, board).toBeLessThan(0.6);
  }
}
