import { type GraphRuntime, loadModel } from "@ohmwork/autograd";
import { BadInputError, type PhysicalSystem, type Port } from "@ohmwork/core";
import { onPositions, planNetwork, type TrainingProgress, type TrainingState } from "@ohmwork/learning";
import { createTrainingExperiment, runTraining, type TrainingExperiment } from "@ohmwork/recipes";
import { digits8x8, type SplitDataset, syntheticVowelClips, vowelFormants } from "@ohmwork/tasks";
import { devicesByName, layersOfDevices } from "./stages-of-devices.ts";
import type { RunResult, RunSpec } from "../run.ts";

/** What a run trains with: devices by the names that its network calls them, with "+" between those of one device. */
export type TrainingJob = {
  readonly spec: RunSpec;
  readonly devices: Readonly<Record<string, PhysicalSystem>>;
  readonly from?: TrainingState;
};

export type TrainingHooks = {
  readonly signal: AbortSignal;
  /** Awaited at each report, so that it is committed before the training goes on. */
  readonly onProgress: (progress: TrainingProgress) => Promise<void>;
};

/** Parameters that a physical layer was trained to, or all layers that are stages of one device. */
export type TrainedLayer = {
  readonly layer: number;
  /** What the network calls the device, with "+" between its names. */
  readonly name: string;
  readonly values: Float32Array;
  /** sha256 of the twin that the gradient went through, by stage. */
  readonly twins: Readonly<Record<string, string>>;
};

export type TrainedRun = Omit<RunResult, "parameters" | "madeAt"> & { readonly layers: readonly TrainedLayer[] };

/** Trains a run to its end: here, or in a thread. */
export type TrainRun = (job: TrainingJob, hooks: TrainingHooks) => Promise<TrainedRun>;

/**
 * Trains a run to its end and measures, through the devices, what became of it.
 *
 * @throws BadInputError when there is no such training, or a device is not what its network takes
 * @throws what `train` throws
 */
export async function trainRun(
  { spec, devices, from }: TrainingJob,
  { signal, onProgress }: TrainingHooks,
  runtime: GraphRuntime,
): Promise<TrainedRun> {
  const experiment = await experimentOf(spec, devices, runtime);
  const { plan } = experiment.parts;
  const { commitEvery = 20 } = spec;
  const watch = { signal, onProgress, reportEvery: commitEvery, ...(from !== undefined && { from }) };
  const trained = await runTraining(experiment, watch);
  const { deviceAccuracy, twinAccuracy, validationAccuracy, state } = trained;
  if (deviceAccuracy === undefined) throw new BadInputError(`Rule "${spec.rule}" goes through no device`);
  const held = onPositions(plan, state.parameters);
  const trainedLayers = plan.layers.flatMap((layer): TrainedLayer[] => {
    if (layer.kind !== "physical") return [];
    const [first, last] = [layer.segments[0], layer.segments.at(-1)];
    const values = first && last ? held.slice(first.offset, last.offset + last.size) : new Float32Array(0);
    const twin = experiment.recipe.twins[layer.system];
    const twins = twin === undefined ? {} : { [twin.stage]: twin.sha256 };
    return [{ layer: layer.index, name: layer.system, values, twins }];
  });
  const layers = layersOfDevices(trainedLayers, Object.keys(devices));
  const testRows = experiment.task.test.labels.length;
  return { deviceAccuracy, testRows, twinAccuracy, validationAccuracy, counts: state.counts, layers };
}

const datasets: Readonly<Record<RunSpec["task"], (options: { readonly seed: number }) => SplitDataset>> = {
  digits: digits8x8,
  "vowel-clips": syntheticVowelClips,
  "vowel-formants": vowelFormants,
};

/** The training as its recipe has it, with the devices of the fleet in the place of simulated ones. */
async function experimentOf(spec: RunSpec, devices: TrainingJob["devices"], runtime: GraphRuntime): Promise<TrainingExperiment> {
  const { task, system, rule, seed, epochs, rows } = spec;
  if (rule === "digital") throw new BadInputError('Rule "digital" goes through no device');
  const experiment = await createTrainingExperiment({
    dataset: datasets[task]({ seed }),
    system,
    rule,
    seed,
    runtime,
    ...(epochs !== undefined && { choices: { epochs } }),
    ...(rows !== undefined && { rows }),
  });
  const { recipe, parts } = experiment;
  for (const simulated of Object.values(recipe.devices)) await simulated[Symbol.asyncDispose]();
  const apart = devicesByName(devices, recipe.devices, system);
  const physical = Object.entries(recipe.devices).map(([name, simulated]) => {
    const device = apart[name];
    if (device === undefined) throw new BadInputError(`Network of ${system} needs a device for "${name}"`);
    checkFits(name, device, simulated);
    const { inputs, parameters } = device.ports;
    const twin = loadModel((recipe.twins[name] as { model: Uint8Array }).model);
    return [name, { inputs, parameters, twin, width: simulated.stages.at(-1)?.width as number }] as const;
  });
  const plan = planNetwork(recipe.network, Object.fromEntries(physical));
  return { ...experiment, parts: { ...parts, plan, devices: apart } };
}

/** Windows of parameters may be narrower than those of the recipe, everything else must be what its twin was made for. */
function checkFits(name: string, device: PhysicalSystem, simulated: PhysicalSystem): void {
  const shown = (ports: readonly Port[]): string => ports.map(({ name: port, size }) => `${port} [${size}]`).join(", ") || "none";
  for (const group of ["inputs", "parameters", "outputs"] as const) {
    const [given, wanted] = [device.ports[group], simulated.ports[group]];
    if (shown(given) === shown(wanted) && given.every((port, i) => isWithin(port, wanted[i] as Port))) continue;
    throw new BadInputError(
      `Device for "${name}" has ${group} ${shown(given)}, expected ${shown(wanted)} within the same windows`,
    );
  }
  const [given, wanted] = [device.stages.at(-1), simulated.stages.at(-1)];
  if (given?.name !== wanted?.name || given?.width !== wanted?.width)
    throw new BadInputError(
      `Device for "${name}" measures ${given?.name} [${given?.width}], expected ${wanted?.name} [${wanted?.width}]`,
    );
}

function isWithin(port: Port, wanted: Port): boolean {
  return port.unit === wanted.unit && port.min >= wanted.min && port.max <= wanted.max;
}
