import { randomUUID } from "node:crypto";
import {
  type Batch,
  type Call,
  checkInputs,
  checkParameters,
  type Clock,
  createBatch,
  DeadlineExceededError,
  type Measured,
  type PhysicalSystem,
  type Ports,
  type Revision,
  rowsOf,
  Seconds,
  type Stage,
  throwIfAborted,
  widthOf,
} from "@ohmwork/core";
import { hashOfPorts, payloadLimitBytes, type Respond, type Responded, type Signer } from "@ohmwork/wire";
import { RemoteDeviceError } from "./device-error.ts";
import type { Exchanges } from "./exchanges.ts";
import { createLeaseKeeper } from "./lease-keeper.ts";
import { nameOfValues, requestIdOf } from "./request-id.ts";

/** What a birth says of a device that can be driven from afar. */
export type RemotePhysics = {
  /** With the windows that the run may use of the parameters. */
  readonly ports: Ports;
  /** As the device announced them. */
  readonly ownPorts: Ports;
  readonly stages: readonly Stage[];
  readonly largestBatch: number;
  readonly repeatable: boolean;
};

export type RemoteDeviceOptions = {
  readonly fleet: string;
  readonly device: string;
  readonly run: string;
  readonly physics: RemotePhysics;
  readonly exchanges: Exchanges;
  readonly signer: Signer;
  readonly clock: Clock;
  /** The next number of a lease of this device; fails once the run is somebody else's. */
  readonly nextSequence: () => Promise<number>;
  /** Each answer once, in the order in which it was used. */
  readonly onAnswer?: (answer: Extract<Responded, { ok: true }>) => void;
  /** How long a device may be silent to one request. @default 120 */
  readonly limitSeconds?: Seconds;
  /** How long to wait before a request is sent again, at first; twice as long each time, up to 30 s. @default 5 */
  readonly patienceSeconds?: Seconds;
};

/** Requests of one batch that a device has before it at a time: while it measures one, the next one travels. */
const inFlight = 2;
/** One call may carry this many requests. */
const mostRequests = 64;
const longestPatience = Seconds(30);
/** What a device lacks it is sent at once; when it refuses again, after a pause that grows [s]. */
const shortestPause = 0.05;
const longestPause = 5;
/** A device lets go of values that were not asked for lately; more than these are sent again. */
const keptValues = 4;
/** What a message holds besides its inputs or its measurements, with its grant and small parameters [bytes]. */
const overheadBytes = 16_384;

/**
 * A physical system at the far end of MQTT. `program` only remembers the values: they travel, by their hash or themselves, with
 * the request that measures at them, under a lease that is renewed in time. A batch goes in requests that fit into one message
 * each, two at a time and in their order; a request that is lost is sent again under the same id, so that the device need not
 * measure twice.
 *
 * `respond` throws RemoteDeviceError when the device refuses, DeadlineExceededError when it is silent for `limitSeconds`, and what
 * `nextSequence` throws.
 */
export async function openRemoteDevice(options: RemoteDeviceOptions): Promise<PhysicalSystem> {
  const { fleet, device, run, physics, exchanges, signer, clock, nextSequence, onAnswer } = options;
  const { limitSeconds = Seconds(120), patienceSeconds = Seconds(5) } = options;
  const { ports, stages } = physics;
  const width = widthOf(ports.inputs);
  const terms = { fleet, device, run, ports: await hashOfPorts(physics.ownPorts), ...windowOf(ports) };
  const leases = createLeaseKeeper(terms, { clock, signer, nextSequence });
  const rowsAtOnce = rowsPerRequest(physics);
  const traits = { repeatable: physics.repeatable, remote: true, largestBatch: rowsAtOnce * mostRequests };
  const closing = new AbortController();
  // Nobody has said anything yet: 0, or what is nearest to it.
  const start = terms.low.map((least, i) => Math.min(Math.max(0, least), terms.high[i] as number));
  let programmed = { values: start, hash: nameOfValues(start) };
  let revision = 0;
  /** What the device was sent, as far as is known: optimistic, it says so when it lacks something. */
  const sent: { lease?: number; values: Set<string> } = { values: new Set() };

  const question = async (request: string, part: Batch, { values, hash }: typeof programmed): Promise<Respond> => {
    const { sequence, expires, grant } = await leases.current();
    const asked: Respond = {
      request,
      run,
      lease: sequence,
      ...(sent.lease !== sequence && { grant }),
      parameters: hash,
      ...(!sent.values.has(hash) && { values }),
      inputs: part.data,
      rows: rowsOf(part).count,
      expires,
    };
    sent.lease = sequence;
    sent.values.delete(hash);
    sent.values = new Set([...sent.values, hash].slice(-keptValues));
    return asked;
  };

  const forget = (): void => {
    delete sent.lease;
    sent.values.clear();
  };

  /** What to do about a refusal before the same is asked again. */
  const mend = ({ reason, detail }: Extract<Responded, { ok: false }>, { lease, grant }: Respond): void => {
    forget();
    switch (reason) {
      case "unknown-values":
      case "busy":
        return;
      case "no-lease":
        return grant === undefined ? undefined : leases.lost(lease);
      // An answer to an earlier try may come now: whether the run is still ours, the store says when it gives the next number.
      case "older":
      case "conflicting":
      case "lease-ended":
        return leases.lost(lease);
      case "expired":
        return leases.lengthen(lease);
      default:
        throw new RemoteDeviceError(`Device ${device} refuses: ${detail}`, { device, reason });
    }
  };

  const ask = async (id: string, part: Batch, signal: AbortSignal): Promise<Extract<Responded, { ok: true }>> => {
    const at = programmed;
    const request = requestIdOf(id, at.hash, part.data);
    const until = clock.monotonic() + limitSeconds;
    let patience = patienceSeconds;
    let refusals = 0;
    for (;;) {
      throwIfAborted(signal, "A measurement");
      const asked = await question(request, part, at);
      const answer = await exchanges.ask(device, asked, patience, signal);
      if (answer?.ok === true) return checked(answer, part);
      if (answer !== undefined) {
        mend(answer, asked);
        const { reason, detail } = answer;
        if (clock.monotonic() >= until) throw new RemoteDeviceError(`Device ${device} refuses: ${detail}`, { device, reason });
        if (refusals > 0) await clock.sleep(Seconds(Math.min(shortestPause * 2 ** refusals, longestPause)), signal);
        refusals += 1;
        continue;
      }
      forget();
      if (clock.monotonic() >= until) throw new DeadlineExceededError(`An answer of device ${device}`, limitSeconds);
      patience = Seconds(Math.min(2 * patience, longestPatience));
    }
  };

  const checked = (answer: Extract<Responded, { ok: true }>, part: Batch): Extract<Responded, { ok: true }> => {
    const { count } = rowsOf(part);
    for (const { name, width: wide } of stages) {
      const given = answer.measured[name]?.length;
      if (given !== count * wide) fail(`gave ${given ?? "no"} values of ${name}, expected ${count * wide}`);
    }
    return answer;
  };

  const fail = (what: string): never => {
    throw new RemoteDeviceError(`Device ${device} ${what}`, { device, reason: "invalid" });
  };

  return {
    ports,
    stages,
    traits,
    program: async (values) => {
      checkParameters(ports.parameters, values);
      const hash = nameOfValues(values);
      if (hash !== programmed.hash) programmed = { values: values.slice(), hash };
      revision += 1;
      return revision as Revision;
    },
    respond: async (inputs: Batch, call: Call = {}) => {
      for (const signal of [call.signal, closing.signal]) throwIfAborted(signal, "A measurement");
      checkInputs(ports.inputs, inputs, traits.largestBatch);
      const { count } = rowsOf(inputs);
      const id = call.id ?? randomUUID();
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, closing.signal, ...(call.signal === undefined ? [] : [call.signal])]);
      const answers: Promise<Extract<Responded, { ok: true }>>[] = [];
      try {
        for (let at = 0; at < count; at += rowsAtOnce) {
          const rows = Math.min(rowsAtOnce, count - at);
          const part = createBatch(inputs.data.subarray(at * width, (at + rows) * width), [rows, width]);
          const answer = ask(count === rows ? id : `${id}/${at}`, part, signal);
          answer.catch(() => undefined); // it is waited for in its turn
          answers.push(answer);
          await answers.at(-inFlight);
        }
        const all = await Promise.all(answers);
        for (const answer of all) onAnswer?.(answer);
        return joined(all, stages, count, revision as Revision);
      } finally {
        stop.abort();
      }
    },
    [Symbol.asyncDispose]: async () => closing.abort(),
  };
}

/** Rows whose inputs and whose measurements fit into one message each. */
function rowsPerRequest({ ports, stages, largestBatch }: RemotePhysics): number {
  const widest = Math.max(widthOf(ports.inputs), stages.reduce((sum, { width }) => sum + width, 0) + 1);
  const fits = Math.floor((payloadLimitBytes - overheadBytes) / (Float32Array.BYTES_PER_ELEMENT * widest));
  return Math.max(1, Math.min(largestBatch, fits));
}

/** Least and greatest value of each parameter. */
function windowOf({ parameters }: Ports): { readonly low: Float32Array; readonly high: Float32Array } {
  const of = (end: "min" | "max"): Float32Array =>
    Float32Array.from(parameters.flatMap((port) => Array.from({ length: port.size }, () => port[end])));
  return { low: of("min"), high: of("max") };
}

function joined(
  answers: readonly Extract<Responded, { ok: true }>[],
  stages: readonly Stage[],
  rows: number,
  revision: Revision,
): Measured {
  const measured = stages.map(({ name, width }): [string, Batch] => {
    const data = new Float32Array(rows * width);
    let at = 0;
    for (const answer of answers) {
      const values = answer.measured[name] as Float32Array;
      data.set(values, at);
      at += values.length;
    }
    return [name, createBatch(data, [rows, width])];
  });
  const powers = answers.map(({ powerWatts }) => powerWatts);
  const known = powers.every((power) => power !== undefined);
  return {
    revision,
    stages: Object.fromEntries(measured),
    ...(known && { powerWatts: Float32Array.from(powers.flatMap((power) => Array.from(power))) }),
  };
}
