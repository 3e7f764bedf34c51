import { type GraphRuntime, type GraphSession, loadModel, type Tensor, tensor } from "@ohmwork/autograd";
import {
  type Batch,
  BadInputError,
  checkInputs,
  checkParameters,
  createBatch,
  type PhysicalSystem,
  type Revision,
  rowOf,
  rowsOf,
  takeRows,
  widthOf,
} from "@ohmwork/core";
import type { Twin } from "@ohmwork/systems";

/** Rows that a device reported: what went in, as its digital copy has it, and what was measured of every stage, at one set of parameters. */
export type FieldSamples = {
  readonly inputs: Batch;
  readonly stages: Readonly<Record<string, Batch>>;
  readonly parameters: Float32Array;
};

export type FieldDeviceOptions = {
  /** Ports and stages of the device that reported. */
  readonly like: Pick<PhysicalSystem, "ports" | "stages">;
  /** The twin of each stage, in their order; each takes what the one before it gives. */
  readonly twins: readonly Twin[];
  readonly samples: readonly FieldSamples[];
  /** Whether the twins' difference between new and old parameters is added to what was measured. @default true */
  readonly corrects?: boolean;
  readonly runtime: GraphRuntime;
};

/** Rows that one call may carry. */
const LARGEST_BATCH = 512;

type Stage = { readonly name: string; readonly session: GraphSession; readonly from: number; readonly to: number };
type Known = { readonly group: number; readonly row: number };

/**
 * A device that is not there: it answers rows that it reported before with what was measured then, corrected by what its twins say
 * of the parameters that changed since, stage after stage:
 *
 * e(new) ≈ e measured(old) + twin(x, new) − twin(x, old)
 *
 * `respond` throws BadInputError for a row that was not reported. At the parameters of its samples it gives what was measured.
 *
 * @throws RangeError when twins and stages are not as many
 */
export async function createFieldDevice(options: FieldDeviceOptions): Promise<PhysicalSystem> {
  const { like, twins, samples, corrects = true, runtime } = options;
  const { ports, stages: named } = like;
  if (twins.length !== named.length)
    throw new RangeError(`A field device has ${named.length} stages: ${twins.length} twins given`);
  await using opened = new AsyncDisposableStack();
  const stages: Stage[] = [];
  for (const [k, { model }] of twins.entries()) {
    const session = opened.use(await runtime.load(model));
    const from = stages.at(-1)?.to ?? 0;
    const to = from + ((loadModel(model).inputs.find(({ name }) => name === "parameters")?.shape?.[0] ?? 0) as number);
    stages.push({ name: (named[k] as PhysicalSystem["stages"][number]).name, session, from, to });
  }
  const known = new Map<string, Known>();
  for (const [group, { inputs }] of samples.entries())
    for (let row = 0; row < rowsOf(inputs).count; row += 1) known.set(keyOf(rowOf(inputs, row)), { group, row });
  const held = opened.move();
  let parameters = new Float32Array(widthOf(ports.parameters));
  let revision = 0;

  const through = async ({ session, from, to }: Stage, values: Batch, at: Float32Array): Promise<Float32Array> => {
    const all: Record<string, Tensor> = {
      inputs: tensor("float32", values.shape, values.data),
      parameters: tensor("float32", [to - from], at.slice(from, to)),
    };
    const made = await session.run(Object.fromEntries(session.inputs.map((name) => [name, all[name] as Tensor])));
    return (Object.values(made)[0] as Tensor).data as Float32Array;
  };

  /** Rows of one group. */
  const answer = async (group: FieldSamples, rows: readonly number[]): Promise<Record<string, Batch>> => {
    const given: Record<string, Batch> = {};
    let [before, now] = [takeRows(group.inputs, rows), takeRows(group.inputs, rows)];
    for (const stage of stages) {
      const measured = takeRows(group.stages[stage.name] as Batch, rows);
      const answered = measured.data.slice();
      if (corrects) {
        const then = await through(stage, before, group.parameters);
        const later = await through(stage, now, parameters);
        for (let i = 0; i < answered.length; i += 1) (answered[i] as number) += (later[i] as number) - (then[i] as number);
      }
      before = measured;
      now = createBatch(answered, measured.shape);
      given[stage.name] = now;
    }
    return given;
  };

  return {
    ports,
    stages: named,
    traits: { repeatable: true, remote: false, largestBatch: LARGEST_BATCH },
    program: async (values) => {
      checkParameters(ports.parameters, values);
      parameters = values.slice();
      revision += 1;
      return revision as Revision;
    },
    respond: async (inputs) => {
      checkInputs(ports.inputs, inputs, LARGEST_BATCH);
      const { count } = rowsOf(inputs);
      const found = Array.from({ length: count }, (_, row): Known => {
        const sample = known.get(keyOf(rowOf(inputs, row)));
        if (sample === undefined) throw new BadInputError(`Row ${row} was not reported: expected rows of the samples`);
        return sample;
      });
      const data = new Map(named.map(({ name, width }) => [name, new Float32Array(count * width)]));
      for (const [index, group] of samples.entries()) {
        const places = found.flatMap((one, place) => (one.group === index ? [place] : []));
        if (places.length === 0) continue;
        const given = await answer(
          group,
          places.map((place) => (found[place] as Known).row),
        );
        for (const { name, width } of named)
          for (const [i, place] of places.entries())
            data.get(name)?.set((given[name] as Batch).data.subarray(i * width, (i + 1) * width), place * width);
      }
      const measured = named.map(
        ({ name, width }) => [name, createBatch(data.get(name) as Float32Array, [count, width])] as const,
      );
      return { revision: revision as Revision, stages: Object.fromEntries(measured) };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Two hashes of the bits of a row (FNV-1a, and the same with another offset), 64 bits together. */
function keyOf(row: Float32Array): string {
  const bits = new Uint32Array(row.slice().buffer);
  let [one, other] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < bits.length; i += 1) {
    one = Math.imul(one ^ (bits[i] as number), 0x01000193);
    other = Math.imul((other ^ (bits[i] as number)) + i, 0x85ebca6b);
  }
  return `${bits.length}/${one >>> 0}/${other >>> 0}`;
}
