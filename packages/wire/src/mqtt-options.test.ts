import { describe, expect, it } from "vitest";
import { kinds, messages } from "./message-map.ts";
import { publishOptionsOf } from "./mqtt-options.ts";
import { createExamples } from "./testing/examples.ts";
import type { Address } from "./topic.ts";

const { payloads } = await createExamples();
const now = payloads.command.expires - 30_000;
const address = { kind: "command", fleet: "home", device: "ear-1", name: "replay" } as const;

describe("publishOptionsOf()", () => {
  it("tells an MQTT 5 broker of expiry, answer and request", () => {
    expect(publishOptionsOf(address, payloads.command, now)).toEqual({
      qos: 1,
      retain: false,
      properties: {
        contentType: "application/json",
        payloadFormatIndicator: true,
        messageExpiryInterval: 30,
        responseTopic: "ohmwork/v1/home/ear-1/command/replay/reply",
        correlationData: new TextEncoder().encode("c-19"),
      },
    });
    const respond = { kind: "respond", fleet: "home", device: "ear-1" } as const;
    expect(publishOptionsOf(respond, payloads.respond, now).properties).toMatchObject({
      contentType: "application/cbor",
      messageExpiryInterval: 10,
      responseTopic: "ohmwork/v1/home/ear-1/responded",
    });
  });
  it("awaits the answer to a request in parts on the whole topic", () => {
    const part = { kind: "respond", fleet: "home", device: "ear-1", part: 3 } as const;
    expect(publishOptionsOf(part, payloads.respond, now).properties.responseTopic).toBe("ohmwork/v1/home/ear-1/responded");
  });
  it("never asks a broker to let go at once", () => {
    expect(publishOptionsOf(address, payloads.command, now + 10 ** 9).properties).toMatchObject({
      messageExpiryInterval: 1,
    });
  });
  it("says for every kind of what form it is, and no more than applies", () => {
    for (const kind of kinds) {
      const { qos, retain, codec, expires, answeredBy } = messages[kind];
      const one = { kind, fleet: "home", device: "ear-1", trainer: "t1", name: "replay" } as unknown as Address;
      const options = publishOptionsOf(one, payloads[kind], now);
      expect(options).toMatchObject({ qos, retain, properties: { contentType: `application/${codec}` } });
      expect("messageExpiryInterval" in options.properties).toBe(expires === true);
      expect("responseTopic" in options.properties).toBe(answeredBy !== undefined);
      expect("correlationData" in options.properties).toBe("request" in payloads[kind]);
    }
  });
});
