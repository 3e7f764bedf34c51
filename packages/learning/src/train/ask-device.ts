import {
  AbortedError,
  type Batch,
  createBatch,
  type PhysicalSystem,
  PortRangeError,
  takeRows,
  throwIfAborted,
} from "@ohmwork/core";
import type { PlannedLayer } from "../network/plan.ts";
import type { PhysicalLayer } from "../network/walk.ts";
import { spanOf } from "../network/segment.ts";
import { allFinite, finiteRows } from "./finite-rows.ts";
import { TrainingError } from "./training-error.ts";

/** The parameters that each device holds, so that it is programmed only when they change. */
export type Programmed = Map<PhysicalSystem, Float32Array>;

/** Who asks a device, and what is known of it. */
export type Asking = {
  readonly programmed: Programmed;
  /** What stops when the device does not answer, for the message: `Training stopped at step 12`. */
  readonly stops: string;
  readonly step: number;
  readonly signal?: AbortSignal | undefined;
};

/** What a device answered, rows that went through it for that, and calls that failed before. */
export type Asked = { readonly answer: Batch; readonly evaluations: number; readonly retries: number };

/** A device gets so many tries for one call. */
const TRIES = 3;

/**
 * What a device answers to rows of drive, with the parameters of its layer: in as many calls as it needs for so many rows.
 * A call that fails is made again under its own id, after programming the device anew. A row that is not of numbers is
 * not shown to the device: its answer is no number either.
 *
 * @param parameters of the whole network, on the positions of their ports
 * @param id names the call: the same id again is the same measurement
 * @throws TrainingError when one call fails three times
 * @throws PortRangeError when drive or parameters leave the device's windows
 * @throws AbortedError when the signal fires
 */
export async function askDevice(
  device: PhysicalSystem,
  layer: PhysicalLayer,
  { parameters, drive, id }: { readonly parameters: Float32Array; readonly drive: Batch; readonly id: string },
  asking: Asking,
): Promise<Asked> {
  const [rows, width] = drive.shape as [number, number];
  if (!allFinite(drive.data)) {
    const usable = finiteRows(drive);
    const asked = await askDevice(device, layer, { parameters, drive: takeRows(drive, usable), id }, asking);
    return { ...asked, answer: putBack(asked.answer, usable, rows) };
  }
  const data = new Float32Array(rows * layer.width);
  const shape = [rows, layer.width];
  const most = device.traits.largestBatch;
  let retries = 0;
  for (let at = 0; at < rows; at += most) {
    const count = Math.min(most, rows - at);
    const part = count === rows ? drive : createBatch(drive.data.subarray(at * width, (at + count) * width), [count, width]);
    const { result: answer, failed } = await tried(device, asking, async () => {
      await program(device, layer, parameters, asking);
      const call = { id: count === rows ? id : `${id}/${at}`, ...callOf(asking) };
      return (await device.respond(part, call)).stages[stageOf(device)] as Batch;
    });
    retries += failed;
    if (count === rows) return { answer, evaluations: rows, retries };
    data.set(answer.data, at * layer.width);
  }
  return { answer: createBatch(data, shape), evaluations: rows, retries };
}

/**
 * Programs every device with the parameters of its first layer before any of them is asked: devices that are stages of one system
 * must all stand where they will be measured.
 *
 * @returns calls that failed and were made again
 * @throws what `askDevice` throws
 */
export async function programDevices(
  layers: readonly PlannedLayer[],
  devices: Readonly<Record<string, PhysicalSystem>>,
  parameters: Float32Array,
  asking: Asking,
): Promise<number> {
  const ready = new Set<string>();
  let retries = 0;
  for (const layer of layers) {
    if (layer.kind !== "physical" || ready.has(layer.system)) continue;
    ready.add(layer.system);
    const device = devices[layer.system] as PhysicalSystem;
    retries += (await tried(device, asking, () => program(device, layer, parameters, asking))).failed;
  }
  return retries;
}

/** @returns what a call gave, and how many times it had failed before */
async function tried<T>(
  device: PhysicalSystem,
  asking: Asking,
  call: () => Promise<T>,
): Promise<{ readonly result: T; readonly failed: number }> {
  for (let failed = 0; ; failed += 1) {
    try {
      return { result: await call(), failed };
    } catch (error) {
      asking.programmed.delete(device);
      throwIfAborted(asking.signal, "Training");
      if (isFinal(error)) throw error;
      if (failed + 1 < TRIES) continue;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${asking.stops}: the device failed ${TRIES} times, the last time with: ${reason}`;
      throw new TrainingError(message, { step: asking.step }, { cause: error });
    }
  }
}

/** Answers to some rows where those rows stood, and no numbers for the others. */
function putBack(answer: Batch, rows: Uint32Array, count: number): Batch {
  const width = answer.shape[1] as number;
  const data = new Float32Array(count * width).fill(Number.NaN);
  for (const [k, row] of rows.entries()) data.set(answer.data.subarray(k * width, (k + 1) * width), row * width);
  return createBatch(data, [count, width]);
}

/** Failing again would be no surprise: the call itself is wrong, or nobody wants its answer. */
function isFinal(error: unknown): boolean {
  return [AbortedError, PortRangeError, RangeError, TypeError].some((kind) => error instanceof kind);
}

async function program(
  device: PhysicalSystem,
  { segments }: PhysicalLayer,
  parameters: Float32Array,
  asking: Asking,
): Promise<void> {
  const span = spanOf(segments);
  if (span === undefined) return;
  const own = parameters.slice(span.from, span.to);
  if (asking.programmed.get(device)?.every((value, i) => value === own[i]) === true) return;
  await device.program(own, callOf(asking));
  asking.programmed.set(device, own);
}

function callOf({ signal }: Asking): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** The stage that a device's output is. */
function stageOf(device: PhysicalSystem): string {
  return (device.stages.at(-1) as PhysicalSystem["stages"][number]).name;
}
