import { encodeModel, type Graph, type GraphRuntime, type GraphSession, type Tensor, tensor } from "@ohmwork/autograd";
import { type Batch, createBatch, type PhysicalSystem } from "@ohmwork/core";
import type { Plan } from "../network/plan.ts";
import { onPositions } from "../network/ranges.ts";
import { type Stretch, stretchGraphs } from "../network/stretch-graphs.ts";
import { askDevice, type Asking, programDevices } from "./ask-device.ts";

/** What a pass through the devices gave. */
type Pass = {
  /** The values measured behind each physical layer, by its index. */
  readonly measured: ReadonlyMap<number, Batch>;
  /** [rows × classes], where they were asked for. */
  readonly scores: Float32Array;
  /** Rows that went through a physical layer, and calls that failed and were made again. */
  readonly evaluations: number;
  readonly retries: number;
};

/** Runs a network forward through its devices, stretch by stretch, since what a layer is given is what was really measured before it. */
export type ForwardPass = AsyncDisposable & {
  /**
   * @param id names the call: the same id again is the same measurement, so that it may be repeated
   * @throws what `askDevice` throws
   */
  readonly run: (parameters: Float32Array, inputs: Batch, id: string, asking: Asking) => Promise<Pass>;
};

export type ForwardPassOptions = {
  readonly runtime: GraphRuntime;
  readonly devices: Readonly<Record<string, PhysicalSystem>>;
  /** Go on behind the last measurement to the scores; a training step does that itself. */
  readonly scores: boolean;
};

type LoadedStretch = Stretch & { readonly session: GraphSession | undefined };

/** @throws RangeError when the device of a physical layer is not given */
export async function loadForwardPass(plan: Plan, rows: number, options: ForwardPassOptions): Promise<ForwardPass> {
  const { runtime, devices } = options;
  for (const layer of plan.layers) {
    if (layer.kind === "physical" && !Object.hasOwn(devices, layer.system))
      throw new RangeError(`No device is given for the system "${layer.system}" of layer ${layer.index}`);
  }
  await using loading = new AsyncDisposableStack();
  const stretches: LoadedStretch[] = [];
  for (const stretch of stretchGraphs(plan, rows)) {
    if (stretch.layer === undefined && !options.scores) continue;
    const idle = stretch.graph.nodes.every(({ op }) => op === "Identity");
    const session = idle ? undefined : loading.use(await runtime.load(encodeModel(stretch.graph)));
    stretches.push({ ...stretch, session });
  }
  const loaded = loading.move();
  return {
    async run(parameters, inputs, id, asking) {
      const measured = new Map<number, Batch>();
      const held = onPositions(plan, parameters);
      let retries = await programDevices(plan.layers, devices, held, asking);
      let evaluations = 0;
      let kept: Record<string, Tensor> = {};
      let values = tensor("float32", inputs.shape, inputs.data);
      for (const { session, graph, takes, gives, layer } of stretches) {
        const feeds: Record<string, Tensor> = { values, parameters: tensor("float32", [plan.parameters], parameters) };
        for (const name of takes) feeds[`kept ${name}`] = kept[name] as Tensor;
        const made = session === undefined ? passOn(graph, feeds) : await session.run(onlyInputsOf(graph, feeds));
        kept = Object.fromEntries(gives.map((name) => [name, made[`keep ${name}`] as Tensor]));
        values = made[layer === undefined ? "scores" : "drive"] as Tensor;
        if (layer === undefined) break;
        const drive = createBatch(values.data as Float32Array, values.shape);
        const call = { parameters: held, drive, id: `${id}/${layer.index}` };
        const asked = await askDevice(devices[layer.system] as PhysicalSystem, layer, call, asking);
        evaluations += asked.evaluations;
        retries += asked.retries;
        measured.set(layer.index, asked.answer);
        values = tensor("float32", asked.answer.shape, asked.answer.data);
      }
      const scores = options.scores ? (values.data as Float32Array) : new Float32Array(0);
      return { measured, scores, evaluations, retries };
    },
    [Symbol.asyncDispose]: () => loaded.disposeAsync(),
  };
}

/** What a stretch gives in which nothing is computed: its own inputs. */
function passOn({ nodes, outputs }: Graph, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const known = new Map(Object.entries(feeds));
  for (const { inputs, outputs: made } of nodes) known.set(made[0] as string, known.get(inputs[0] as string) as Tensor);
  return Object.fromEntries(outputs.map(({ name }) => [name, known.get(name) as Tensor]));
}

function onlyInputsOf({ inputs }: Graph, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(inputs.map(({ name }) => [name, feeds[name] as Tensor]));
}
