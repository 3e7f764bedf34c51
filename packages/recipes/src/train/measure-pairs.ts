import { BadInputError, type Batch, createRandom, type PhysicalSystem, rowOf, rowsOf, takeRows, widthOf } from "@ohmwork/core";
import { answers, startingParameters, TrainingError } from "@ohmwork/learning";
import type { FitSamples } from "@ohmwork/systems";
import { takeLabelled } from "@ohmwork/tasks";
import type { TrainingExperiment } from "./training-experiment.ts";

/** Rows of the task at each setting of the network's parameters: few where the device has parameters that pairs must tell apart. */
const ROWS = { ofFixedDevice: 50, ofSetDevice: 4 } as const;
/** Examples that the fixed numbers of a network are measured on at each setting. */
const EXAMPLES = 50;
/** What the drawn parameters of a setting are multiplied by: a training may take them further than where it begins. */
const REACHES = [0.5, 1, 2];
/** So many settings in a row at which no row was answered in numbers, and measuring stops. */
const LONGEST_SILENCE = 20;
/** Parameters of all pairs together that fit into memory. */
const LARGEST = 2e8;

/**
 * Pairs of what a device is given and what it answers, as a training meets them: rows of the task go through the network and
 * the device with parameters drawn again and again. A pair that is not of numbers is left out.
 *
 * @throws BadInputError when the system has several devices, or one with too many parameters to be told apart by pairs
 * @throws TrainingError when the device fails, or answers in no numbers at 20 settings in a row
 */
export async function measurePairs(
  experiment: TrainingExperiment,
  count: number,
  options: { readonly signal?: AbortSignal; readonly onPairs?: (measured: number, leftOut: number) => Promise<void> | void } = {},
): Promise<FitSamples> {
  const { parts, seed, task } = experiment;
  const [[name, device] = [], ...others] = Object.entries(parts.devices);
  if (name === undefined || device === undefined || others.length > 0)
    throw new BadInputError(`A twin is fitted to one device: this system has ${Object.keys(parts.devices).join(", ")}`);
  const p = widthOf(device.ports.parameters);
  if (p * count > LARGEST)
    throw new BadInputError(`A twin of ${p} parameters is not fitted to pairs: expected ${Math.floor(LARGEST / count)} or fewer`);
  const samples = emptySamples(device, count);
  const kept = { rows: 0, leftOut: 0 };
  const recorded = recording(device, (inputs, parameters, outputs) => {
    for (let row = 0; row < rowsOf(inputs).count && kept.rows < count; row += 1) {
      const answer = rowOf(outputs, row);
      if (!answer.every(Number.isFinite)) {
        kept.leftOut += 1;
        continue;
      }
      samples.inputs.set(rowOf(inputs, row), kept.rows * rowsOf(inputs).width);
      samples.parameters.set(parameters, kept.rows * p);
      samples.outputs.set(answer, kept.rows * answer.length);
      kept.rows += 1;
    }
  });
  const examples = takeLabelled(task.train, firstRows(Math.min(EXAMPLES, task.train.labels.length)));
  const random = createRandom(seed, "rows of the task that a twin is fitted to");
  let silent = 0;
  for (let setting = 0; kept.rows < count; setting += 1) {
    const before = kept.rows;
    const start = await startingParameters(
      { ...parts, examples },
      {
        seed: createRandom(seed, `setting ${setting}`).below(2 ** 31),
        forward: "device",
        signal: options.signal,
      },
    );
    const reach = REACHES[setting % REACHES.length] as number;
    for (const { offset, size, fixed, range } of parts.plan.segments) {
      if (fixed === true) continue;
      for (let i = offset; i < offset + size; i += 1) {
        const value = (start[i] as number) * reach;
        start[i] = range === undefined ? value : Math.min(range.max, Math.max(range.min, value));
      }
    }
    const rows = takeRows(
      task.train.inputs,
      Uint32Array.from({ length: p === 0 ? ROWS.ofFixedDevice : ROWS.ofSetDevice }, () => random.below(task.train.labels.length)),
    );
    const through = {
      through: "device",
      id: `pairs/${setting}`,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    } as const;
    await answers({ ...parts, devices: { [name]: recorded } }, start, rows, through);
    silent = kept.rows === before ? silent + 1 : 0;
    if (silent === LONGEST_SILENCE) {
      const message = `Measuring pairs stopped after ${kept.rows} of ${count}: the device answered in no numbers at ${silent} settings in a row`;
      throw new TrainingError(message, { step: 0 });
    }
    await options.onPairs?.(kept.rows, kept.leftOut);
  }
  return samples;
}

const firstRows = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, row) => row);

function emptySamples({ ports }: PhysicalSystem, rows: number): FitSamples {
  const empty = (group: keyof typeof ports): Float32Array => new Float32Array(rows * widthOf(ports[group]));
  return { rows, inputs: empty("inputs"), parameters: empty("parameters"), outputs: empty("outputs") };
}

/** The same device, which tells what it was given, with which parameters, and what it answered. */
function recording(
  device: PhysicalSystem,
  tell: (inputs: Batch, parameters: Float32Array, outputs: Batch) => void,
): PhysicalSystem {
  const stage = device.stages.at(-1)?.name as string;
  let set: Float32Array = new Float32Array(widthOf(device.ports.parameters));
  return {
    ...device,
    program: (parameters, call) => {
      set = parameters.slice();
      return device.program(parameters, call);
    },
    respond: async (inputs, call) => {
      const answer = await device.respond(inputs, call);
      tell(inputs, set, answer.stages[stage] as Batch);
      return answer;
    },
  };
}
