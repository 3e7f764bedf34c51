import { type Clock, Seconds } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import {
  createReassembler,
  decode,
  encode,
  longestMessageBytes,
  parseTopic,
  payloadLimitBytes,
  publishOptionsOf,
  type Respond,
  type Responded,
  splitMessage,
  topicFilterOf,
  topicOf,
} from "@ohmwork/wire";
import { createByteRoom } from "./byte-room.ts";

/** Questions to devices and their answers, over one link: an answer finds its question by device, run and request. */
export interface Exchanges {
  /**
   * Asks once, as soon as not too much else is under way, and waits for the answer; `undefined` when none came within `limit`
   * after that. An answer to an earlier try counts, since it is one to the same request.
   *
   * @throws AbortedError when the signal fires
   * @throws RangeError when the question is too long to be sent even in parts
   */
  ask(device: string, question: Respond, limit: Seconds, signal: AbortSignal): Promise<Responded | undefined>;
}

/**
 * Numbers of the questions that are under way at a time [bytes]: with more of them, those of hundreds of runs at once take longer
 * on their way than one waits before it asks again, and what is asked again makes it longer still.
 */
const mostBytes = 16 * 1024 * 1024;

export function createExchanges(options: {
  readonly connection: MqttConnection;
  readonly fleet: string;
  readonly clock: Clock;
  /** What cannot be read is said here once for each message. */
  readonly onTrouble?: (message: string) => void;
}): Exchanges {
  const { connection, fleet, clock, onTrouble = () => undefined } = options;
  const waiting = new Map<string, (answer: Responded) => void>();
  const heard = new Map<string, Promise<void>>();
  const incoming = createReassembler();
  const room = createByteRoom(mostBytes);
  const keyOf = (device: string, { run, request }: { run: string; request: string }): string => `${device}/${run}/${request}`;

  const take = (device: string, bytes: Uint8Array): void => {
    const answer = decode("responded", bytes, longestMessageBytes);
    if (answer.ok) waiting.get(keyOf(device, answer.value))?.(answer.value);
    else onTrouble(`An answer of ${device} was not understood: ${answer.detail}`);
  };

  const receive = async (topic: string, payload: Uint8Array): Promise<void> => {
    const address = parseTopic(topic);
    if (!address.ok || address.value.kind !== "responded") return;
    const { device } = address.value;
    if (!("part" in address.value)) return take(device, payload);
    const whole = await incoming.accept(device, payload, clock.monotonic() * 1000);
    if (!whole.ok) onTrouble(`A part of an answer of ${device} was not understood: ${whole.detail}`);
    else if (whole.value !== undefined) take(device, whole.value);
  };

  const hear = (device: string): Promise<void> => {
    const known = heard.get(device);
    if (known !== undefined) return known;
    const subscribing = (async () => {
      await connection.subscribe(topicFilterOf(fleet, "responded", { device }), receive);
      await connection.subscribe(topicFilterOf(fleet, "responded", { device, parts: true }), receive);
    })();
    heard.set(device, subscribing);
    return subscribing;
  };

  let turn: Promise<void> = Promise.resolve();
  /** Questions leave in the order in which they were asked, those in parts as well. */
  const publish = (device: string, question: Respond): Promise<void> => {
    const published = turn.then(async () => {
      const address = { kind: "respond", fleet, device } as const;
      const how = publishOptionsOf(address, question, clock.now());
      const bytes = encode("respond", question, longestMessageBytes);
      const parts = bytes.length <= payloadLimitBytes ? undefined : await splitMessage(bytes, question.request);
      // Not waited for: what is lost is asked again.
      if (parts === undefined) void connection.publish(topicOf(address), bytes, how);
      for (const [part, payload] of parts?.entries() ?? []) void connection.publish(topicOf({ ...address, part }), payload, how);
    });
    turn = published.catch(() => undefined);
    return published;
  };

  return {
    ask: async (device, question, limit, signal) => {
      await hear(device);
      const key = keyOf(device, question);
      const answered = Promise.withResolvers<Responded>();
      const leave = await room.take(question.inputs.byteLength + (question.values?.byteLength ?? 0), signal);
      waiting.set(key, answered.resolve);
      const over = new AbortController();
      try {
        void publish(device, question).catch((error: unknown) => answered.reject(error as Error));
        const ends = clock.sleep(Seconds(limit), AbortSignal.any([signal, over.signal])).then(() => undefined);
        return await Promise.race([answered.promise, ends]);
      } finally {
        leave();
        over.abort();
        waiting.delete(key);
      }
    },
  };
}
