import { createBuilder, encodeModel, simplify, tensor, type Tensor, type Value } from "@ohmwork/autograd";
import { type Batch, createBatch, type PhysicalSystem, rowsOf, takeRows, throwIfAborted } from "@ohmwork/core";
import { parameterBlocks } from "../network/parameter-blocks.ts";
import type { PlannedLayer } from "../network/plan.ts";
import { onPositions } from "../network/ranges.ts";
import { throughTwin, walk } from "../network/walk.ts";
import { askDevice, type Asking } from "./ask-device.ts";
import { allFinite, finiteRows } from "./finite-rows.ts";
import type { Phase } from "./phase.ts";
import type { TrainingParts } from "./train.ts";
import { TrainingError } from "./training-error.ts";
import { counted, noCounts, type TrainingCounts } from "./training-state.ts";

/** Examples that the fixed numbers of `normalise` layers are measured on. */
const ROWS = 1000;

/**
 * Parameters with the fixed numbers of every `normalise` layer set so that what follows it begins with mean 0 and deviation
 * 1: layer by layer over the first examples, through the devices or through their twins. Rows that are no numbers are left out.
 *
 * @throws TrainingError when no row is of numbers, and what `askDevice` throws
 */
export async function measureStarts(
  { plan, runtime, devices, examples }: TrainingParts,
  drawn: Float32Array,
  forward: Phase["forward"],
  asking: Asking,
): Promise<{ readonly parameters: Float32Array; readonly counts: TrainingCounts }> {
  const parameters = drawn.slice();
  let counts = noCounts;
  const count = Math.min(ROWS, examples.labels.length);
  let values = takeRows(
    examples.inputs,
    Uint32Array.from({ length: count }, (_, row) => row),
  );
  const kept = new Map<string, Batch>();
  for (const layer of plan.layers.slice(0, plan.layers.findLastIndex(isNormalise) + 1)) {
    throwIfAborted(asking.signal, "Training");
    if (layer.kind === "keep") kept.set(layer.name, values);
    else if (layer.kind === "physical" && forward === "device") {
      const device = devices[layer.system] as PhysicalSystem;
      const asked = await askDevice(
        device,
        layer,
        { parameters: onPositions(plan, parameters), drive: values, id: `start/${layer.index}` },
        asking,
      );
      counts = counted(counts, { deviceEvaluations: asked.evaluations, retriedCalls: asked.retries });
      values = asked.answer;
    } else {
      if (isNormalise(layer)) {
        const { count: rows } = rowsOf(values);
        const usable = allFinite(values.data) ? values : takeRows(values, finiteRows(values));
        const lostRows = rows - rowsOf(usable).count;
        if (lostRows === rows)
          throw new TrainingError(`${asking.stops}: layer ${layer.index} was given no row of numbers`, { step: asking.step });
        counts = { ...counts, lostRows: Math.max(counts.lostRows, lostRows) };
        setNormalise(layer, usable, parameters);
      }
      values = await runLayer({ plan, runtime }, layer, values, { kept, parameters: onPositions(plan, parameters) });
    }
  }
  return { parameters, counts };
}

/** One layer by itself, a physical one through its twin. */
async function runLayer(
  { plan, runtime }: Pick<TrainingParts, "plan" | "runtime">,
  layer: PlannedLayer,
  batch: Batch,
  given: { readonly kept: ReadonlyMap<string, Batch>; readonly parameters: Float32Array },
): Promise<Batch> {
  const b = createBuilder();
  const feeds: Record<string, Tensor> = {};
  const input = (name: string, { data, shape }: Batch): Value => {
    feeds[name] = tensor("float32", shape, data);
    return b.input(name, "float32", shape);
  };
  const x = input("x", batch);
  const parameters = input("parameters", createBatch(given.parameters, [plan.parameters]));
  const kept = new Map([...given.kept].map(([name, values]) => [name, input(`kept ${name}`, values)]));
  const y = walk([layer], x, {
    builder: b,
    kept,
    parameters: parameterBlocks(b, plan, parameters),
    physical: (at, drive, own) => throughTwin(b, at, drive, own),
  });
  await using session = await runtime.load(encodeModel(simplify(b.build({ outputs: { y: b.identity(y) } }))));
  const made = await session.run(Object.fromEntries(session.inputs.map((name) => [name, feeds[name] as Tensor])));
  const { data, shape } = made["y"] as Tensor;
  return createBatch(data as Float32Array, shape);
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
