import { type Kind, messages, type Payloads } from "./message-map.ts";
import { type Address, topicOf } from "./topic.ts";

/** How a payload is to be published. `properties` are those of MQTT 5. */
export type PublishOptions = {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly properties: {
    readonly contentType: string;
    readonly payloadFormatIndicator: boolean;
    /** Seconds after which a broker lets go of it. */
    readonly messageExpiryInterval?: number;
    readonly responseTopic?: string;
    readonly correlationData?: Uint8Array;
  };
};

/**
 * How a payload is to be published. The properties repeat, for brokers and tools that speak MQTT 5, what the payload says of
 * its expiry and request and the topic of where the answer is awaited. They are left away on 3.1.1, and no reader goes by them.
 *
 * @param now wall-clock time of who publishes [ms since 1970]
 */
export function publishOptionsOf<K extends Kind>(
  address: Address & { readonly kind: K },
  payload: Payloads[K],
  now: number,
): PublishOptions {
  const { qos, retain, codec, expires, answeredBy } = messages[address.kind];
  const expiry = expires === true && "expires" in payload ? payload.expires : undefined;
  const { part: _, ...whole } = { part: undefined, ...address };
  const answerTopic = answeredBy === undefined ? undefined : topicOf({ ...whole, kind: answeredBy } as Address);
  const request = "request" in payload ? payload.request : undefined;
  return {
    qos,
    retain,
    properties: {
      contentType: codec === "json" ? "application/json" : "application/cbor",
      payloadFormatIndicator: codec === "json",
      // 0 would mean at once; a broker's clock counts whole seconds from when it gets the message.
      ...(expiry !== undefined && { messageExpiryInterval: Math.max(1, Math.ceil((expiry - now) / 1000)) }),
      ...(answerTopic !== undefined && { responseTopic: answerTopic }),
      ...(request !== undefined && { correlationData: new TextEncoder().encode(request) }),
    },
  };
}
