import { OhmworkError, type Seconds } from "@ohmwork/core";

/**
 * Takes one message. The payload is only read. Nothing more is taken from the link before a promise that it gives is settled,
 * and the broker is told of the message only then: so a handler holds back more than it can take.
 */
export type MessageHandler = (topic: string, payload: Uint8Array) => Promise<void> | void;

export type SubscribeOptions = {
  /**
   * Each message goes to one subscriber of this group only, where the broker can do that (MQTT 5, unless it says it cannot);
   * to all of them elsewhere.
   */
  readonly sharedBy?: string;
};

/** How a message is published. */
export type PublishOptions = {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Left away on MQTT 3.1.1, which has none. */
  readonly properties?: {
    readonly contentType?: string;
    readonly payloadFormatIndicator?: boolean;
    readonly messageExpiryInterval?: number;
    readonly responseTopic?: string;
    readonly correlationData?: Uint8Array;
  };
};

/** One client's link to a broker, which comes and goes; everything above holds this and never the library. */
export interface MqttConnection extends AsyncDisposable {
  readonly connected: boolean;
  /**
   * True when the broker has it (QoS 1) or it was sent (QoS 0); false when there was no link or it broke first, or the
   * broker refused. Nothing is queued for later: whoever must not lose a message keeps it.
   */
  publish(topic: string, payload: Uint8Array, options: PublishOptions): Promise<boolean>;
  /** Subscribes with QoS 1, now and at every later connection. Resolves at once when there is no link. */
  subscribe(filter: string, handler: MessageHandler, options?: SubscribeOptions): Promise<void>;
  /** Called after every connection once all subscriptions stand, and now if they do already. */
  onConnect(handler: () => void): void;
  /** Called each time a link is lost. */
  onDisconnect(handler: () => void): void;
  /**
   * Waits for the first link.
   *
   * @throws BrokerUnreachableError after `limit`; the connection goes on trying
   * @throws AbortedError when the signal fires
   */
  whenConnected(limit: Seconds, signal?: AbortSignal): Promise<void>;
  /** Says goodbye to the broker, so that no will is published, and stops trying. */
  close(): Promise<void>;
}

/** No MQTT broker answered in time. The message says where, how long it was tried, and the last thing that went wrong. */
export class BrokerUnreachableError extends OhmworkError<{ url: string; seconds: number }> {
  readonly code = "broker-unreachable";
}
