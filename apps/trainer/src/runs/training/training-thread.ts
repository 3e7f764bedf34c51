import { parentPort } from "node:worker_threads";
import { AbortedError, type PhysicalSystem, type Revision } from "@ohmwork/core";
import { openOnnxRuntime } from "@ohmwork/runtime";
import { crossed, uncrossed } from "./crossed-error.ts";
import { shareSessions } from "./share-sessions.ts";
import { type TrainingJob, trainRun } from "./train-run.ts";
import type { Answer, DeviceShape, FromThread, ToThread } from "./training-messages.ts";

/** One training in this thread, and its calls that wait for an answer. */
type Training = { readonly stop: AbortController; readonly calls: Map<number, PromiseWithResolvers<Answer>> };

type Asked = Extract<FromThread, { call: number }>;
type AskedOf<Kind extends Asked["kind"]> = Omit<Extract<Asked, { kind: Kind }>, "job" | "call">;

const port = parentPort;
if (port === null) throw new TypeError("Trainings run in a thread of their own");
const say = (message: FromThread): void => port.postMessage(message);
/** Numbers must not depend on how many cores a machine has. */
const runtime = openOnnxRuntime({ threads: 1 }).then(shareSessions);
const trainings = new Map<number, Training>();
let calls = 0;

function ask(job: number, message: AskedOf<"program"> | AskedOf<"respond"> | AskedOf<"progress">): Promise<Answer> {
  const training = trainings.get(job);
  if (training === undefined || training.stop.signal.aborted) return Promise.reject(new AbortedError("Training"));
  calls += 1;
  const waiting = Promise.withResolvers<Answer>();
  training.calls.set(calls, waiting);
  say({ ...message, job, call: calls });
  return waiting.promise;
}

/** A device whose physics is on the other side of this thread. */
function deviceOf(job: number, device: string, { ports, traits, stages }: DeviceShape): PhysicalSystem {
  return {
    ports,
    traits,
    stages,
    program: async (values) => (await ask(job, { kind: "program", device, values })) as Revision,
    respond: async (inputs, call) => {
      const { id } = call ?? {};
      // Without what it is a view of, which may be long.
      const own = { data: inputs.data.slice(), shape: inputs.shape };
      const answer = await ask(job, { kind: "respond", device, inputs: own, ...(id !== undefined && { id }) });
      return answer as Awaited<ReturnType<PhysicalSystem["respond"]>>;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function begin({ job, spec, devices, from }: Extract<ToThread, { kind: "train" }>): Promise<void> {
  const stop = new AbortController();
  trainings.set(job, { stop, calls: new Map() });
  const shapes = Object.entries(devices).map(([name, shape]) => [name, deviceOf(job, name, shape)] as const);
  const given: TrainingJob = { spec, devices: Object.fromEntries(shapes), ...(from !== undefined && { from }) };
  const onProgress = async (progress: AskedOf<"progress">["progress"]): Promise<void> =>
    void (await ask(job, { kind: "progress", progress }));
  try {
    say({ kind: "trained", job, trained: await trainRun(given, { signal: stop.signal, onProgress }, await runtime) });
  } catch (error) {
    say({ kind: "failed", job, error: crossed(error) });
  } finally {
    trainings.delete(job);
  }
}

function end({ stop, calls: waiting }: Training): void {
  stop.abort();
  for (const call of waiting.values()) call.reject(new AbortedError("Training"));
  waiting.clear();
}

port.on("message", (message: ToThread) => {
  if (message.kind === "close") {
    for (const training of trainings.values()) end(training);
    return port.close();
  }
  if (message.kind === "train") return void begin(message);
  const training = trainings.get(message.job);
  if (training === undefined) return undefined;
  if (message.kind === "stop") return end(training);
  const call = training.calls.get(message.call);
  training.calls.delete(message.call);
  if (message.kind === "answered") call?.resolve(message.answer);
  else call?.reject(uncrossed(message.error));
});
