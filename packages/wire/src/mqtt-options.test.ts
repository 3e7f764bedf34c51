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
    expect(publishOptionsOf(address, payloads.command, { version: 5, now })).toEqual({
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
    expect(publishOptionsOf(respond, payloads.respond, { version: 5, now }).properties).toMatchObject({
      contentType: "application/cbor",
      messageExpiryInterval: 10,
      responseTopic: "ohmwork/v1/home/ear-1/responded",
    });
  });
  it("awaits the answer to a request in parts on the whole topic", () => {
    const part = { kind: "respond", fleet: "home", device: "ear-1", part: 3 } as const;
    expect(publishOptionsOf(part, payloads.respond, { version: 5, now }).properties?.responseTopic).toBe(
      "ohmwork/v1/home/ear-1/responded",
    );
  });
  it("never asks a broker to let go at once", () => {
    expect(publishOptionsOf(address, payloads.command, { version: 5, now: now + 10 ** 9 }).properties).toMatchObject({
      messageExpiryInterval: 1,
    });
  });
  it("asks an MQTT 3.1.1 broker for nothing it does not know", () => {
    for (const kind of kinds) {
      const { qos, retain } = messages[kind];
      const one = { kind, fleet: "home", device: "ear-1", trainer: "t1", name: "replay" } as unknown as Address;
      expect(publishOptionsOf(one, payloads[kind], { version: 4, now })).toEqual({ qos, retain });
      expect(Object.keys(publishOptionsOf(one, payloads[kind], { version: 5, now }).properties ?? {})).toContain("contentType");
    }
  });
});
