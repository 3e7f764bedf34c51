import { createBatch, type Measured, OhmworkError } from "@ohmwork/core";
import { checkRespond, decode, encode, longestMessageBytes, type Respond, type Responded } from "@ohmwork/wire";
import type { Committed } from "../committed.ts";
import type { Device } from "../device.ts";
import type { Trust } from "../trust.ts";
import type { Turns } from "../turns.ts";
import { createBoundedMemory } from "./bounded-memory.ts";
import type { Leases, StandingLease } from "./leases.ts";

export type ResponderOptions = {
  readonly device: Device;
  readonly boot: string;
  readonly leases: Leases;
  readonly committed: Committed;
  readonly trust: Trust;
  readonly inTurn: Turns;
  /** Brings an answer to who asked; `request` names it. */
  readonly send: (request: string, answer: Uint8Array) => void;
  readonly onTrouble: (message: string) => void;
};

/** Measures what is asked for under leases, one request after the other in the order in which they came. */
export interface Responder {
  /** Takes one request. Resolves when it is answered; never throws for the sake of what came. */
  take(payload: Uint8Array): Promise<void>;
}

/** Requests that may wait: a run has two on the way, and some may come twice. */
const mostWaiting = 8;
/** Bytes that waiting requests may have together. */
const mostWaitingBytes = 16 * 1024 * 1024;
/** What is kept of values and of answers: enough for what is under way and the tries again. */
const kept = { values: { most: 16, mostBytes: 4 * 1024 * 1024 }, answers: { most: 32, mostBytes: 4 * 1024 * 1024 } };
const longestDetail = 1000;

export function createResponder(options: ResponderOptions): Responder {
  const { device, boot, leases, committed, trust, inTurn, send, onTrouble } = options;
  const { system } = device;
  const values = createBoundedMemory<Float32Array>({ ...kept.values, bytesOf: ({ byteLength }) => byteLength });
  const answers = createBoundedMemory<Uint8Array>({ ...kept.answers, bytesOf: ({ length }) => length });
  const waiting = { requests: 0, bytes: 0 };

  const refusal = ({ request, run }: Respond, reason: string, detail: string): Responded => ({
    request,
    run,
    boot,
    ok: false,
    reason,
    detail: detail.slice(0, longestDetail),
  });

  const program = async ({ parameters: hash }: Respond, at: Float32Array, held: StandingLease): Promise<number> => {
    delete held.programmed;
    committed.doubt();
    const revision = await system.program(at, { signal: held.over });
    held.programmed = { hash, values: at, revision };
    return revision;
  };

  /** @throws whatever the system throws */
  const measure = async (respond: Respond, at: Float32Array, held: StandingLease): Promise<Measured> => {
    const { parameters, inputs, rows, request } = respond;
    const revision = held.programmed?.hash === parameters ? held.programmed.revision : await program(respond, at, held);
    const batch = createBatch(inputs, [rows, inputs.length / rows]);
    const measured = await system.respond(batch, { id: request, signal: held.over });
    if (measured.revision === revision) return measured;
    delete held.programmed;
    throw new ParametersLostError("The parameters changed while they were measured at", {});
  };

  const answerTo = async (respond: Respond): Promise<Responded> => {
    const { request, run, lease, parameters, grant, rows } = respond;
    if (grant !== undefined) {
      const taken = await leases.take(grant, respond);
      if (!taken.ok) return refusal(respond, taken.reason, taken.detail);
    }
    const held = leases.standing();
    const checked = await checkRespond(respond, {
      ...trust.moment(),
      ports: system.ports,
      largestBatch: system.traits.largestBatch,
      known: (hash) => values.get(hash),
      ...(held !== undefined && { lease: held.lease }),
    });
    if (!checked.ok) return refusal(respond, checked.reason, checked.detail);
    values.set(parameters, checked.value);
    const { over } = held as StandingLease;
    const result = await measure(respond, checked.value, held as StandingLease).catch((error: unknown) => {
      if (over.aborted) return undefined;
      throw error;
    });
    if (result === undefined) return refusal(respond, "lease-ended", `Lease ${lease} ended while it was measured under`);
    const { revision, stages, powerWatts } = result;
    const measured = Object.fromEntries(Object.entries(stages).map(([name, { data }]) => [name, data]));
    return {
      request,
      run,
      boot,
      ok: true,
      parameters,
      revision,
      measured,
      rows,
      ...(powerWatts !== undefined && { powerWatts }),
    };
  };

  /** What became of a request, whatever that is. */
  const attempt = async (respond: Respond): Promise<Responded> => {
    try {
      return await answerTo(respond);
    } catch (error) {
      onTrouble(`Request ${respond.request} of run ${respond.run} failed: ${(error as Error).message}`);
      return refusal(respond, error instanceof OhmworkError ? error.code : "failed", (error as Error).message);
    }
  };

  const encoded = (respond: Respond, answer: Responded): Uint8Array => {
    try {
      return encode("responded", answer, longestMessageBytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return encode("responded", refusal(respond, "too-large", error.message));
    }
  };

  const inItsTurn = async (respond: Respond): Promise<void> => {
    const name = `${respond.run}/${respond.request}`;
    let bytes = answers.get(name);
    if (bytes === undefined) {
      const answer = await attempt(respond);
      bytes = encoded(respond, answer);
      // A refusal may be mended by the same request with more in it.
      if (answer.ok) answers.set(name, bytes);
    }
    send(respond.request, bytes);
  };

  return {
    take: async (payload) => {
      const decoded = decode("respond", payload, longestMessageBytes);
      if (!decoded.ok) return onTrouble(`A request to measure was not understood: ${decoded.detail}`);
      const respond = decoded.value;
      if (waiting.requests >= mostWaiting || waiting.bytes + payload.length > mostWaitingBytes) {
        const busy = refusal(respond, "busy", `${waiting.requests} requests wait already`);
        return send(respond.request, encode("responded", busy));
      }
      waiting.requests += 1;
      waiting.bytes += payload.length;
      try {
        await inTurn(() => inItsTurn(respond));
      } finally {
        waiting.requests -= 1;
        waiting.bytes -= payload.length;
      }
    },
  };
}

/** Somebody else moved the wipers, or a board lost them. */
class ParametersLostError extends OhmworkError {
  readonly code = "board-reset";
}
