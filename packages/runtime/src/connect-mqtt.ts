import { Socket } from "node:net";
import { BadInputError, type Clock, DeadlineExceededError, Seconds, withDeadline } from "@ohmwork/core";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Credentials } from "./access/credentials.ts";
import { BrokerUnreachableError, type MessageHandler, type MqttConnection, type SubscribeOptions } from "./mqtt-connection.ts";
import { createMqttLink, type MqttLink } from "./mqtt-link.ts";
import { systemClock } from "./system-clock.ts";
import { matchesTopicFilter } from "./topic-filter.ts";

export type ConnectMqttOptions = {
  /** Stable for one device or trainer: a second client of the same id takes the link away from the first. */
  readonly clientId: string;
  /** How it proves who it is. @default what stands in the URL, if anything */
  readonly credentials?: Credentials;
  /** What the broker publishes in this client's place when the link dies: after 15 s on MQTT 5, at once on 3.1.1 and without a session. */
  readonly will?: { readonly topic: string; readonly payload: Uint8Array; readonly qos: 0 | 1; readonly retain: boolean };
  /** Told, in one line each, what a person may want to know about the link. */
  readonly onTrouble?: (message: string) => void;
  /** How long the broker keeps what it has for this client after the link died (MQTT 5); the will comes at its end. @default 60 */
  readonly sessionSeconds?: Seconds;
  /** QoS 1 messages that the broker may send ahead of those that were taken (MQTT 5). @default 65535 */
  readonly receiveMaximum?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Uniform in [0, 1), for the jitter. @default Math.random */
  readonly random?: () => number;
};

type Subscription = SubscribeOptions & { readonly filter: string; readonly handler: MessageHandler };

/** First and longest wait before the next try; each try doubles it, and jitter takes it to 0.5–1.5 of itself. */
const firstRetry = 0.25;
const longestRetry = 15;
/**
 * A link that stood this long is a good one: the next wait is short again. More than the longest wait of a rival with the
 * same client id, or the two would take the link from each other at full speed again and again.
 */
const standSeconds = 2 * longestRetry;
/** Links in a row that did not stand, after which the user is told what may be behind it. */
const suspiciousLinks = 3;
/** A device that is back within this time was never away (fleet.md §2). */
const willDelaySeconds = 15;
/** How long the broker may take to answer one try, to let the subscriptions stand after that, and to take leave. */
const handshakeSeconds = Seconds(5);
const leaveSeconds = Seconds(2);
/** A broker that is silent for one and a half of it is gone. */
const keepaliveSeconds = 15;
/** MQTT 3.1.1 and MQTT 5 codes for "I do not speak that version". */
const versionRefusals: ReadonlySet<unknown> = new Set([1, 132]);
const sessionTakenOver = 142;

/**
 * Connects to a broker and stays connected, at MQTT 5 where it is offered and 3.1.1 where it is refused. Returns at once;
 * `whenConnected` waits. Every try is a fresh client of the library, so that nothing of a dead link is ever replayed.
 *
 * @throws BadInputError when the URL is not one of mqtt, mqtts, ws or wss
 */
export function connectMqtt(url: string, options: ConnectMqttOptions): MqttConnection {
  const { clientId, will, onTrouble = () => undefined, clock = systemClock, random = Math.random, receiveMaximum } = options;
  const { sessionSeconds = Seconds(4 * willDelaySeconds) } = options;
  const shownUrl = checkBrokerUrl(url);
  const { group: _group, ...proof } = { group: undefined, ...options.credentials };
  const subscriptions: Subscription[] = [];
  const connectHandlers: (() => void)[] = [];
  const disconnectHandlers: (() => void)[] = [];
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  let version: 4 | 5 = 5;
  let sharing = false;
  let failures = 0;
  let shortLinks = 0;
  let linkedAt = 0;
  let toldOfRival = false;
  let triedOtherVersion = false;
  let lastProblem = "no answer";
  let client: MqttClient | undefined;
  let opened: MqttLink | undefined;
  let link: MqttLink | undefined;

  const clientOptions = (): IClientOptions => ({
    ...proof,
    clientId,
    protocolVersion: version,
    // On MQTT 5 the session outlives the will delay, or the will would be published with the session's end.
    clean: version === 4 || sessionSeconds === 0,
    ...(version === 5 && {
      properties: { sessionExpiryInterval: sessionSeconds, ...(receiveMaximum !== undefined && { receiveMaximum }) },
    }),
    ...(will !== undefined && {
      will: {
        ...will,
        payload: Buffer.from(will.payload),
        ...(version === 5 && { properties: { willDelayInterval: willDelaySeconds } }),
      },
    }),
    connectTimeout: handshakeSeconds * 1000,
    keepalive: keepaliveSeconds,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
  });

  const problem = (error: Error & { code?: unknown }): void => {
    // A host with several addresses fails with an AggregateError, whose message is empty.
    lastProblem = error.message === "" ? String(error.code) : error.message;
    if (versionRefusals.has(error.code)) version = version === 5 ? 4 : 5;
  };

  const tellOfRival = (message: string): void => {
    if (!toldOfRival) onTrouble(message);
    toldOfRival = true;
  };

  /** What a link that stood for some time [s] says about the next one. */
  const judge = (stood: number): void => {
    const good = stood >= standSeconds;
    shortLinks = good ? 0 : shortLinks + 1;
    if (good) {
      failures = 0;
      toldOfRival = false;
      triedOtherVersion = false;
    }
    if (shortLinks < suspiciousLinks) return;
    tellOfRival(`The link to ${shownUrl} broke ${shortLinks} times in a row: another client may be using the id ${clientId}`);
  };

  const open = (): void => {
    const mine = connect(url, clientOptions());
    const triedVersion = version;
    client = mine;
    mine.on("error", problem);
    let taking: Promise<unknown> | undefined;
    mine.on("message", (topic, payload) => {
      const handlers = subscriptions.filter(({ filter }) => matchesTopicFilter(filter, topic));
      const promises = handlers.map(({ handler }) => handler(topic, payload)).filter((taken) => taken !== undefined);
      taking = promises.length === 0 ? undefined : Promise.allSettled(promises);
    });
    // Called after the message was emitted; the library acknowledges it and reads on once it is called back.
    const takeOn = async (taken: Promise<unknown>, done: () => void): Promise<void> => {
      await taken;
      done();
    };
    mine.handleMessage = (_, done) => (taking === undefined ? done() : void takeOn(taking, done));
    mine.on("disconnect", ({ reasonCode }) => {
      if (reasonCode === sessionTakenOver) tellOfRival(`Another client connected as ${clientId} and took the link`);
    });
    mine.on("connect", ({ properties }) => {
      // A small message behind another waits 40 ms otherwise, for an acknowledgement that the other side holds back as long.
      if (mine.stream instanceof Socket) mine.stream.setNoDelay(true);
      sharing = triedVersion === 5 && properties?.sharedSubscriptionAvailable !== false;
      opened = createMqttLink(mine, properties?.receiveMaximum ?? 65_535, onTrouble);
      void settle(mine, opened);
    });
    mine.on("close", () => {
      if (client !== mine) return;
      client = undefined;
      mine.end(true);
      const lost = link;
      opened?.break();
      opened = undefined;
      link = undefined;
      if (lost !== undefined) {
        judge(clock.monotonic() - linkedAt);
        for (const handler of disconnectHandlers) handler();
      }
      const atOnce = triedVersion !== version && !triedOtherVersion;
      triedOtherVersion ||= atOnce;
      void reopen(atOnce);
    });
  };

  /** True when all were answered; a broker that leaves one unanswered is given up. */
  const subscribeOn = async (mine: MqttClient, on: MqttLink, wanted: readonly Subscription[]): Promise<boolean> => {
    const named = ({ filter, sharedBy }: Subscription): string =>
      sharing && sharedBy !== undefined ? `$share/${sharedBy}/${filter}` : filter;
    const answers = Promise.all(wanted.map((one) => on.subscribe(named(one))));
    try {
      await withDeadline(() => answers, { clock, limit: handshakeSeconds, what: "Subscribing" });
      return true;
    } catch {
      lastProblem = "no answer to a subscription";
      mine.stream.destroy();
      return false;
    }
  };

  /** Opens the link to those above once every subscription stands, so that nothing is announced too early to be answered. */
  const settle = async (mine: MqttClient, fresh: MqttLink): Promise<void> => {
    if (!(await subscribeOn(mine, fresh, subscriptions))) return;
    if (client !== mine || opened !== fresh) return;
    link = fresh;
    linkedAt = clock.monotonic();
    first.resolve();
    for (const handler of connectHandlers) handler();
  };

  const reopen = async (atOnce: boolean): Promise<void> => {
    const delay = Math.min(longestRetry, firstRetry * 2 ** failures) * (0.5 + random());
    if (!atOnce) failures += 1;
    try {
      await clock.sleep(Seconds(atOnce ? 0 : delay), stopping.signal);
    } catch {
      return; // closed while waiting
    }
    open();
  };

  const close = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    const last = client;
    client = undefined;
    opened?.break();
    opened = undefined;
    link = undefined;
    if (last === undefined) return;
    const leave = last.endAsync(!last.connected, version === 5 ? { properties: { sessionExpiryInterval: 0 } } : {});
    // Not a forced end: the library takes no second one, and the first may wait for an answer for ever.
    const cut = (): void => void last.stream.destroy();
    await withDeadline(() => leave, { clock, limit: leaveSeconds, what: "Leaving the broker" }).catch(cut);
  };

  open();
  return {
    get connected() {
      return link !== undefined;
    },
    publish: async (topic, payload, how) => {
      if (link === undefined) return false;
      const { qos, retain } = how;
      return link.publish(topic, payload, version === 5 ? how : { qos, retain });
    },
    subscribe: async (filter, handler, how = {}) => {
      const subscription = { ...how, filter, handler };
      subscriptions.push(subscription);
      if (client !== undefined && opened !== undefined) await subscribeOn(client, opened, [subscription]);
    },
    onConnect: (handler) => {
      connectHandlers.push(handler);
      if (link !== undefined) handler();
    },
    onDisconnect: (handler) => void disconnectHandlers.push(handler),
    whenConnected: async (limit, signal) => {
      const what = `A link to ${shownUrl}`;
      try {
        await withDeadline(() => first.promise, { clock, limit, what, ...(signal !== undefined && { signal }) });
      } catch (error) {
        if (!(error instanceof DeadlineExceededError)) throw error;
        const message = `No MQTT broker answered at ${shownUrl} within ${limit} s: ${lastProblem}`;
        throw new BrokerUnreachableError(message, { url: shownUrl, seconds: limit }, { cause: error });
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The URL as it may be shown: without user name and password. */
function checkBrokerUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["mqtt:", "mqtts:", "ws:", "wss:"].includes(parsed.protocol) || parsed.hostname === "") {
    const shown = url.replace(/^(\w+:\/\/)?.*@/s, "$1"); // a mistyped address may hold a password all the same
    throw new BadInputError(`Broker ${JSON.stringify(shown)} is not an MQTT address, expected one like mqtt://localhost:1883`);
  }
  return `${parsed.protocol}//${parsed.host}`;
}
