import { randomUUID } from "node:crypto";
import { AbortedError, type Clock, DeadlineExceededError, OhmworkError, type PhysicalSystem, Seconds } from "@ohmwork/core";
import { type MqttConnection, StoreFailedError } from "@ohmwork/runtime";
import { type Birth, encode, longestMessageBytes, messages, type Signer, topicOf } from "@ohmwork/wire";
import type { TrainerStore } from "../store/store.ts";
import { openDevices } from "./open-devices.ts";
import { type Claim, leaseSeconds, type RunQueue } from "./queue/run-queue.ts";
import type { Exchanges } from "./remote/exchanges.ts";
import { devicesOfRun, type Run, type RunChange } from "./run.ts";
import { sealLayers } from "./seal-layers.ts";
import { RunLostError } from "./store/run-lost-error.ts";
import type { Begun, Exchange, Fence, RunLeft } from "./store/run-store.ts";
import { ThreadError } from "./training/crossed-error.ts";
import { decodeState, encodeState } from "./training/state-codec.ts";
import type { TrainRun } from "./training/train-run.ts";

export type WorkOptions = {
  readonly fleet: string;
  /** Who works. */
  readonly worker: string;
  readonly store: TrainerStore;
  readonly queue: RunQueue;
  readonly connection: MqttConnection;
  readonly exchanges: Exchanges;
  /** Signs the leases under which wipers move. */
  readonly signer: Signer;
  readonly train: TrainRun;
  readonly clock: Clock;
  /** Of a run whose state or progress is another one. */
  readonly onRun?: (run: string, change: RunChange) => void;
  readonly onTrouble?: (message: string) => void;
  /** How long a device may be silent to one request. @default 120 */
  readonly limitSeconds?: Seconds;
  /** Workers that vanished over a run without a commit in between, before it is not tried any more. @default 5 */
  readonly mostAttempts?: number;
};

/** How soon a wish of a person is heard, and how many times that the worker says that it is there. */
const lookSeconds = Seconds(2);
const looksPerHeartbeat = 5;

/** Why a worker stops in the middle: the run is wanted otherwise, is somebody else's, or a device does not do its part. */
type Stop = { readonly why: "paused" | "cancelled" | "lost" } | { readonly why: "failed"; readonly error: unknown };

/** Works on a run that was claimed until it is done, or cannot or is not to be gone on with. Never throws but for a bug. */
export async function workOnRun(claim: Claim, options: WorkOptions, signal: AbortSignal): Promise<void> {
  const { fleet, worker, store, queue, clock, onTrouble = () => undefined } = options;
  const now = (): number => Math.floor(clock.now());
  let begun: Begun;
  try {
    begun = await store.runs.begin(fleet, claim.run, worker, now());
    if (begun.kind === "not-to-be-run") return await queue.complete(claim);
    if (begun.kind === "busy") return await queue.release(claim);
  } catch (error) {
    return onTrouble(messageOf(error)); // the claim ends by itself
  }
  const fence: Fence = { fleet, run: claim.run, token: begun.token };
  const left = await outcomeOf(begun, fence, claim, options, signal);
  if (left === "lost") return;
  // One that lost the run would end the lease of the worker that has it.
  for (const device of devicesOfRun(begun.run.spec)) release(device, claim.run, options);
  try {
    if (left !== "done") await store.runs.leave(fence, left, now());
    await (left !== "done" && left.state === "queued" ? queue.release(claim) : queue.complete(claim));
    const { state, reason } = left === "done" ? { state: left, reason: undefined } : left;
    options.onRun?.(claim.run, { state, ...(reason !== undefined && { reason }) });
  } catch (error) {
    if (!(error instanceof RunLostError)) onTrouble(messageOf(error));
  }
}

/** Trains, and says how the run is left. */
async function outcomeOf(
  begun: Extract<Begun, { kind: "begun" }>,
  fence: Fence,
  claim: Claim,
  options: WorkOptions,
  signal: AbortSignal,
): Promise<RunLeft | "done" | "lost"> {
  const { run } = begun;
  if (run.wish !== "go-on") return { state: run.wish === "pause" ? "paused" : "cancelled" };
  const { mostAttempts = 5 } = options;
  if (run.attempts > mostAttempts) return { state: "failed", reason: `Was begun ${mostAttempts} times without a commit` };
  const births = await birthsOf(run, options).catch((error: unknown): RunLeft => waiting(error));
  if (!(births instanceof Map)) return births;
  const stop = new AbortController();
  const over = new AbortController();
  const end = (reason: Stop): void => stop.abort(reason);
  const stops = AbortSignal.any([stop.signal, signal]);
  const watching = watch(claim, fence, options, over.signal, end);
  try {
    options.onRun?.(run.id, { state: "running" });
    await train(begun, fence, births, options, stops, end);
    return "done";
  } catch (error) {
    if (stop.signal.aborted) return leftBy(stop.signal.reason as Stop);
    if (signal.aborted) return { state: "queued", blameless: true };
    return leftBy({ why: "failed", error });
  } finally {
    over.abort();
    await watching;
  }
}

function leftBy(stop: Stop): RunLeft | "lost" {
  if (stop.why === "lost") return "lost";
  if (stop.why !== "failed") return { state: stop.why };
  const { error } = stop;
  if (error instanceof RunLostError) return "lost";
  // What passes is waited for; a thread that ended is tried again, but not for ever; the rest would be the same again.
  if (error instanceof DeadlineExceededError || error instanceof StoreFailedError) return waiting(error);
  return { state: error instanceof ThreadError ? "queued" : "failed", reason: messageOf(error) };
}

const waiting = (error: unknown): RunLeft => ({ state: "queued", reason: messageOf(error), blameless: true });

async function train(
  { run, state }: Extract<Begun, { kind: "begun" }>,
  fence: Fence,
  births: ReadonlyMap<string, Birth>,
  options: WorkOptions,
  signal: AbortSignal,
  end: (stop: Stop) => void,
): Promise<void> {
  const { fleet, store, clock, exchanges, signer, limitSeconds } = options;
  const { spec } = run;
  const trusted = new Map(
    (await store.devices(fleet, devicesOfRun(spec))).map(({ device, reported }) => [device, reported?.trustedLease ?? 0]),
  );
  let used: Exchange[] = [];
  const take = (): readonly Exchange[] => {
    const taken = used;
    used = [];
    return taken;
  };
  const opened = await openDevices({
    fleet,
    run: run.id,
    spec,
    births,
    exchanges,
    signer,
    clock,
    nextSequence: (device) => store.runs.nextLease(fence, device, trusted.get(device) ?? 0),
    onAnswer: (device, answer) => {
      used.push({ device, request: answer.request, payload: encode("responded", answer, longestMessageBytes) });
    },
    ...(limitSeconds !== undefined && { limitSeconds }),
  });
  const devices = Object.fromEntries(Object.entries(opened).map(([name, device]) => [name, telling(device, end)]));
  const from = state === undefined ? undefined : decodeState(state);
  const { layers, ...result } = await options.train(
    { spec, devices, ...(from !== undefined && { from }) },
    {
      signal,
      onProgress: async ({ state: reached, steps, stepsInAll, loss, accuracy }) => {
        const progress = { steps, stepsInAll, loss: orNull(loss), accuracy: orNull(accuracy) };
        await ended(
          end,
          store.runs.commit(fence, { state: encodeState(reached), progress, exchanges: take() }, Math.floor(clock.now())),
        );
        options.onRun?.(run.id, { state: "running", progress });
      },
    },
  );
  const madeAt = Math.floor(clock.now());
  const { sets, parameters } = await sealLayers(layers, { spec, births, madeAt });
  await store.runs.finish(fence, { result: { ...result, parameters, madeAt }, sets, exchanges: take() }, madeAt);
}

/** The same device; the run ends with what it fails with, as the device has tried all there is to be tried. */
function telling(device: PhysicalSystem, end: (stop: Stop) => void): PhysicalSystem {
  return { ...device, respond: (inputs, call) => ended(end, device.respond(inputs, call)) };
}

async function ended<T>(end: (stop: Stop) => void, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AbortedError)) end({ why: "failed", error });
    throw error;
  }
}

/** What the devices of a run last said of themselves. @throws DeviceAwayError when one is not there */
async function birthsOf({ spec }: Run, { fleet, store }: WorkOptions): Promise<Map<string, Birth>> {
  const known = new Map((await store.devices(fleet, devicesOfRun(spec))).map((state) => [state.device, state]));
  const births = new Map<string, Birth>();
  for (const device of devicesOfRun(spec)) {
    const state = known.get(device);
    if (state?.birth === undefined || !state.online)
      throw new DeviceAwayError(`Waits for device ${device}, which is not there`, { device });
    births.set(device, state.birth);
  }
  return births;
}

class DeviceAwayError extends OhmworkError<{ device: string }> {
  readonly code = "device-refused";
}

/** Says again and again that the worker is there, and hears what a person wants. */
async function watch(
  claim: Claim,
  { fleet, run }: Fence,
  { queue, store, clock, onTrouble }: WorkOptions,
  signal: AbortSignal,
  end: (stop: Stop) => void,
): Promise<void> {
  for (let look = 1; ; look += 1) {
    try {
      await clock.sleep(lookSeconds, signal);
    } catch {
      return;
    }
    try {
      if (look % looksPerHeartbeat === 0 && !(await queue.heartbeat(claim))) return end({ why: "lost" });
      const wish = (await store.runs.read(fleet, run))?.wish;
      if (wish === "pause") return end({ why: "paused" });
      if (wish === "cancel") return end({ why: "cancelled" });
    } catch (error) {
      onTrouble?.(messageOf(error)); // the fence holds whatever becomes of the claim
    }
  }
}

/** Sends a device back to its committed set now; when it does not hear it, its lease ends. */
function release(device: string, run: string, { fleet, worker, connection, clock }: WorkOptions): void {
  const expires = Math.floor(clock.now()) + leaseSeconds * 1000;
  const command = encode("command", { request: randomUUID(), by: worker, arguments: { run }, expires });
  void connection.publish(topicOf({ kind: "command", fleet, device, name: "release" }), command, messages.command);
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
