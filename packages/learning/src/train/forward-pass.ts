import { encodeModel, type GraphRuntime, type GraphSession, type Tensor, tensor } from "@ohmwork/autograd";
import { type Batch, createBatch, type PhysicalSystem } from "@ohmwork/core";
import type { Plan, PlannedLayer } from "../network/plan.ts";
import { type Stretch, stretchGraphs } from "../network/stretch-graphs.ts";

/** What a pass through the devices gave: the values measured behind each physical layer by its index, and the scores [rows × classes]. */
export type Pass = { readonly measured: ReadonlyMap<number, Batch>; readonly scores: Float32Array };

/** Runs a network forward through its devices, stretch by stretch, since what a layer is given is what was really measured before it. */
export type ForwardPass = AsyncDisposable & {
  /**
   * @param id names the call: the same id again is the same measurement, so that it may be repeated
   * @throws what the device throws
   */
  readonly run: (parameters: Float32Array, inputs: Batch, id: string, signal?: AbortSignal) => Promise<Pass>;
};

type LoadedStretch = Stretch & { readonly session: GraphSession | undefined };

/** Which layer's parameters a device holds, so that it is programmed only when they change. */
export type Programmed = Map<string, { readonly layer: number; readonly parameters: Float32Array }>;

export async function loadForwardPass(
  plan: Plan,
  rows: number,
  parts: {
    readonly runtime: GraphRuntime;
    readonly devices: Readonly<Record<string, PhysicalSystem>>;
    readonly programmed: Programmed;
  },
): Promise<ForwardPass> {
  const stretches: LoadedStretch[] = [];
  for (const stretch of stretchGraphs(plan, rows)) {
    stretches.push({
      ...stretch,
      session: passesThrough(stretch) ? undefined : await parts.runtime.load(encodeModel(stretch.graph)),
    });
  }
  return {
    async run(parameters, inputs, id, signal) {
      const measured = new Map<number, Batch>();
      let kept: Record<string, Tensor> = {};
      let values = tensor("float32", inputs.shape, inputs.data);
      for (const { session, graph, takes, gives, layer } of stretches) {
        if (session !== undefined) {
          const feeds: Record<string, Tensor> = { values, parameters: tensor("float32", [plan.parameters], parameters) };
          for (const name of takes) feeds[`kept ${name}`] = kept[name] as Tensor;
          const made = await session.run(onlyInputsOf(graph, feeds));
          kept = Object.fromEntries(gives.map((name) => [name, made[`keep ${name}`] as Tensor]));
          values = made[layer === undefined ? "scores" : "drive"] as Tensor;
        }
        if (layer === undefined) break;
        const device = parts.devices[layer.system] as PhysicalSystem;
        await program(device, layer, parameters, parts.programmed, signal);
        const drive = createBatch(values.data as Float32Array, values.shape);
        const call = { id: `${id}/${layer.index}`, ...(signal === undefined ? {} : { signal }) };
        const answer = (await device.respond(drive, call)).stages[stageOf(device)] as Batch;
        measured.set(layer.index, answer);
        values = tensor("float32", answer.shape, answer.data);
      }
      return { measured, scores: values.data as Float32Array };
    },
    async [Symbol.asyncDispose]() {
      for (const { session } of stretches) await session?.[Symbol.asyncDispose]();
    },
  };
}

/** The stage that a device's output is. */
export function stageOf(device: PhysicalSystem): string {
  return (device.stages.at(-1) as PhysicalSystem["stages"][number]).name;
}

/** A stretch in which nothing is computed needs no run. */
function passesThrough({ graph, takes, gives }: Stretch): boolean {
  return takes.length === 0 && gives.length === 0 && graph.nodes.every(({ op }) => op === "Identity");
}

function onlyInputsOf({ inputs }: Stretch["graph"], feeds: Record<string, Tensor>): Record<string, Tensor> {
  return Object.fromEntries(inputs.map(({ name }) => [name, feeds[name] as Tensor]));
}

async function program(
  device: PhysicalSystem,
  { index, system, segments }: PlannedLayer & { kind: "physical" },
  parameters: Float32Array,
  programmed: Programmed,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [first, last] = [segments[0], segments.at(-1)];
  if (first === undefined || last === undefined) return;
  const own = parameters.subarray(first.offset, last.offset + last.size);
  const before = programmed.get(system);
  if (before?.layer === index && before.parameters.every((value, i) => value === own[i])) return;
  await device.program(own.slice(), signal === undefined ? {} : { signal });
  programmed.set(system, { layer: index, parameters: own.slice() });
}
