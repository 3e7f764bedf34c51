import { createBuilder, encodeModel, simplify, tensor, type Tensor } from "@ohmwork/autograd";
import { type Batch, createBatch, type PhysicalSystem, takeRows } from "@ohmwork/core";
import type { PlannedLayer } from "../network/plan.ts";
import { parameterBlocks } from "../network/parameter-blocks.ts";
import { throughTwin, walk, type PhysicalLayer } from "../network/walk.ts";
import type { Phase } from "./phase.ts";
import { stageOf } from "./forward-pass.ts";
import type { TrainingParts } from "./train.ts";
import type { Programmed } from "./forward-pass.ts";

/** Examples that the fixed numbers of `normalise` layers are measured on. */
const ROWS = 1000;

/**
 * Parameters with the fixed numbers of every `normalise` layer set so that what follows it begins with mean 0 and deviation
 * 1: layer by layer over the first examples, through the devices or through their twins.
 */
export async function measureStarts(
  { plan, runtime, devices, examples }: TrainingParts,
  drawn: Float32Array,
  forward: Phase["forward"],
  programmed: Programmed,
): Promise<Float32Array> {
  const last = plan.layers.findLastIndex(isNormalise);
  if (last < 0) return drawn;
  const parameters = drawn.slice();
  const count = Math.min(ROWS, examples.labels.length);
  let values: Batch = takeRows(
    examples.inputs,
    Uint32Array.from({ length: count }, (_, row) => row),
  );
  const kept = new Map<string, Batch>();
  for (const layer of plan.layers.slice(0, last + 1)) {
    if (layer.kind === "keep") kept.set(layer.name, values);
    else if (layer.kind === "physical" && forward === "device") {
      const device = devices[layer.system] as PhysicalSystem;
      const [first, end] = [layer.segments[0], layer.segments.at(-1)];
      if (first !== undefined && end !== undefined) await device.program(parameters.slice(first.offset, end.offset + end.size));
      programmed.delete(layer.system);
      values = (await device.respond(values, { id: `start/${layer.index}` })).stages[stageOf(device)] as Batch;
    } else {
      if (isNormalise(layer)) setNormalise(layer, values, parameters);
      values = await runLayer(layer, values, kept);
    }
  }
  return parameters;

  async function runLayer(layer: PlannedLayer, batch: Batch, names: ReadonlyMap<string, Batch>): Promise<Batch> {
    const b = createBuilder();
    const x = b.input("x", "float32", batch.shape);
    const p = b.input("parameters", "float32", [plan.parameters]);
    const inputs: Record<string, Tensor> = {
      x: tensor("float32", batch.shape, batch.data),
      parameters: tensor("float32", [plan.parameters], parameters),
    };
    const held = new Map(
      [...names].map(([name, { data, shape }]) => {
        inputs[`kept ${name}`] = tensor("float32", shape, data);
        return [name, b.input(`kept ${name}`, "float32", shape)];
      }),
    );
    const physical = (at: PhysicalLayer, drive: typeof x, own: typeof x | undefined): typeof x => throughTwin(b, at, drive, own);
    const y = walk([layer], x, { builder: b, parameters: parameterBlocks(b, plan, p), kept: held, physical });
    await using session = await runtime.load(encodeModel(simplify(b.build({ outputs: { y: b.identity(y) } }))));
    const made = await session.run(Object.fromEntries(session.inputs.map((name) => [name, inputs[name] as Tensor])));
    const { data, shape } = made["y"] as Tensor;
    return createBatch(data as Float32Array, shape);
  }
}

function isNormalise(layer: PlannedLayer): boolean {
  return layer.kind === "digital" && layer.segments.some(({ fixed }) => fixed === true);
}

/** A value that never varies is left at its own size. */
const LEAST_DEVIATION = 1e-6;

function setNormalise({ segments }: PlannedLayer, { data, shape }: Batch, parameters: Float32Array): void {
  const [mean, factor] = segments as [PlannedLayer["segments"][number], PlannedLayer["segments"][number]];
  const width = shape[1] as number;
  const rows = data.length / width;
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let i = 0; i < data.length; i += 1) sums[i % width] = (sums[i % width] as number) + (data[i] as number) / rows;
  const means = mean.size === 1 ? sums.fill(sums.reduce((total, value) => total + value, 0) / width) : sums;
  for (let i = 0; i < data.length; i += 1)
    squares[i % width] = (squares[i % width] as number) + ((data[i] as number) - (means[i % width] as number)) ** 2 / rows;
  const variances = factor.size === 1 ? [squares.reduce((total, value) => total + value, 0) / width] : squares;
  for (let k = 0; k < mean.size; k += 1) {
    const deviation = Math.sqrt(variances[k] as number);
    parameters[mean.offset + k] = means[k] as number;
    parameters[factor.offset + k] = deviation > LEAST_DEVIATION ? 1 / deviation : 1;
  }
}
