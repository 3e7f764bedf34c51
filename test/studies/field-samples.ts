import { type Batch, createRandom, type PhysicalSystem, type Port, takeRows } from "@ohmwork/core";
import {
  accuracyOn,
  createFieldDevice,
  createTrainingDevice,
  createTrainingExperiment,
  type FieldSamples,
  runTraining,
  trainFleet,
} from "@ohmwork/recipes";
import { openOnnxRuntime } from "@ohmwork/runtime";
import type { Twin } from "@ohmwork/systems";
import type { SplitDataset } from "@ohmwork/tasks";

/** How far the samples' parameters were from where the training begins: each potentiometer so many positions, standard deviation. */
export const DISTANCES: readonly number[] = [0, 2, 4, 8, 16, 32];
const TOLERANCE = 0.1;
const CLIPS = 256;
/** Rows of one call of a device. */
const AT_ONCE = 256;

/** What became of an ear that was retrained from what it had reported at other parameters. */
export type FieldResult = {
  readonly positions: number;
  /** Root mean square of what its envelopes are off where the training begins [V], as reported and corrected. */
  readonly staleVolts: number;
  readonly correctedVolts: number;
  /** Share of right answers on the board, trained from the samples as reported and corrected. */
  readonly stale: number;
  readonly corrected: number;
};

export type FieldStudy = { readonly before: number; readonly onDevice: number; readonly distances: readonly FieldResult[] };

/** Retrains one board of an ear from samples that it reported at parameters ever further from where the training begins. */
export async function fieldStudy(dataset: SplitDataset, seed: number): Promise<FieldStudy> {
  const runtime = await openOnnxRuntime({ threads: 1 });
  const made = { dataset, system: "ear-12", seed, runtime };
  const { device: ear } = await createTrainingDevice({ ...made, ear: { tolerance: TOLERANCE } });
  await using _ = ear;
  const experiment = await createTrainingExperiment({ ...made, rule: "in-silico" });
  const { parameters: from } = (await runTraining(experiment)).state;
  const { task, recipe } = experiment;
  const own = from.slice(0, -1);
  const channels = ear.ports.parameters.flatMap((port) => Array.from({ length: port.size }, () => port));
  const twins: readonly Twin[] = Object.values(recipe.twins);
  const trained = async (device: PhysicalSystem): Promise<number> => {
    const options = { mode: "personal", from, rowsEach: CLIPS, seed } as const;
    const [parameters] = (await trainFleet(experiment, [device], options)) as [Float32Array];
    return accuracyOn(experiment, ear, { parameters, rows: task.test, id: "test" });
  };
  const before = await accuracyOn(experiment, ear, { parameters: from, rows: task.test, id: "test" });
  const onDevice = await trained(ear);
  const truth = await reported(ear, task.train.inputs, own);
  const distances: FieldResult[] = [];
  for (const positions of DISTANCES) {
    const { normal } = createRandom(seed, `older parameters, ${positions} positions off`);
    const old = own.map((value, i) => {
      const { min, max, levels = 2 } = channels[i] as Port;
      return Math.min(max, Math.max(min, value + (positions * (max - min) * normal()) / (levels - 1)));
    });
    const samples = await reported(ear, task.train.inputs, old);
    const results: { readonly volts: number; readonly accuracy: number }[] = [];
    for (const corrects of [false, true]) {
      await using field = await createFieldDevice({ like: ear, twins, samples, corrects, runtime });
      await field.program(own);
      let squares = 0;
      let count = 0;
      for (const { inputs, stages } of truth) {
        const given = ((await field.respond(inputs)).stages["envelopes"] as Batch).data;
        for (const [i, volts] of (stages["envelopes"] as Batch).data.entries()) squares += (volts - (given[i] as number)) ** 2;
        count += given.length;
      }
      results.push({ volts: Math.sqrt(squares / count), accuracy: await trained(field) });
    }
    const [stale, corrected] = results as [(typeof results)[number], (typeof results)[number]];
    distances.push({
      positions,
      staleVolts: stale.volts,
      correctedVolts: corrected.volts,
      stale: stale.accuracy,
      corrected: corrected.accuracy,
    });
  }
  return { before, onDevice, distances };
}

/** What a device reports of all rows at one set of parameters. */
async function reported(device: PhysicalSystem, inputs: Batch, parameters: Float32Array): Promise<FieldSamples[]> {
  await device.program(parameters);
  const rows = inputs.shape[0] as number;
  const samples: FieldSamples[] = [];
  for (let at = 0; at < rows; at += AT_ONCE) {
    const part = takeRows(
      inputs,
      Array.from({ length: Math.min(AT_ONCE, rows - at) }, (_, i) => at + i),
    );
    samples.push({ inputs: part, parameters, stages: (await device.respond(part, { id: `reported ${at}` })).stages });
  }
  return samples;
}
