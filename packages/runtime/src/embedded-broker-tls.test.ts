import { Seconds } from "@ohmwork/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Authority, createAuthority, openAuthority } from "./access/authority.ts";
import type { Credentials } from "./access/credentials.ts";
import { type Member, userOf } from "./access/member.ts";
import { connectMqtt } from "./connect-mqtt.ts";
import { startEmbeddedBroker } from "./embedded-broker.ts";
import type { MqttConnection } from "./mqtt-connection.ts";

const hour = 3_600_000;
const around = (from: number, until: number): { from: Date; until: Date } => {
  return { from: new Date(Date.now() + from * hour), until: new Date(Date.now() + until * hour) };
};
const period = around(-1, 24);
const memberOf = (id: string): Member => ({ who: { role: "agent", fleet: "home", device: id }, id });
const members = ["d1", "d2"].map(memberOf);

describe("startEmbeddedBroker() with certificates", () => {
  it("lets in by them who they say they are, and nobody else", async () => {
    const pair = await createAuthority("Ohmwork fleet home", period);
    const authority = await openAuthority(pair);
    const foreign = await openAuthority(await createAuthority("Ohmwork fleet home", period));
    const own = await authority.issue("broker", period, ["127.0.0.1"]);
    const refusals: string[] = [];
    await using broker = await startEmbeddedBroker({
      port: 0,
      members,
      tls: { ...own, ca: pair.cert },
      onRefusal: (message) => void refusals.push(message),
    });
    expect(broker.url).toMatch(/^mqtts:/);
    const issued = async (by: Authority, name: string, when = period): Promise<Credentials & { serial: string }> => {
      const { cert, key, serial } = await by.issue(name, when);
      return { ca: pair.cert, cert, key, serial };
    };
    const link = ({ ca, cert, key, username, password }: Credentials): MqttConnection => {
      const credentials = Object.fromEntries(
        Object.entries({ ca, cert, key, username, password }).filter(([, value]) => value !== undefined),
      );
      const connection = connectMqtt(broker.url, { clientId: "any", credentials });
      onTestFinished(() => connection.close());
      return connection;
    };
    const linked = async (credentials: Credentials): Promise<MqttConnection> => {
      const connection = link(credentials);
      await connection.whenConnected(Seconds(10));
      return connection;
    };
    const refused = async (what: string, credentials: Credentials): Promise<void> => {
      const connection = link(credentials);
      await expect(connection.whenConnected(Seconds(0.5)), what).rejects.toMatchObject({ code: "broker-unreachable" });
      await connection.close();
    };

    const d1 = await issued(authority, userOf(memberOf("d1")));
    const d2 = await issued(authority, userOf(memberOf("d2")));
    const first = await linked(d1);
    // The name in the certificate counts, whatever it calls itself.
    const second = await linked({ ...d2, username: "device.d1", password: "x" });
    const heard: string[] = [];
    await second.subscribe("ohmwork/v1/home/+/ack", (topic) => void heard.push(topic));
    const say = (from: MqttConnection, topic: string): Promise<boolean> =>
      from.publish(topic, Uint8Array.of(1), { qos: 1, retain: false });
    expect(await say(first, "ohmwork/v1/home/d1/status")).toBe(true);
    expect(await say(second, "ohmwork/v1/home/d2/status")).toBe(true);
    expect(first.connected).toBe(true);
    expect(await say(second, "ohmwork/v1/home/d1/status")).toBe(false);

    await refused("none", { ca: pair.cert });
    await refused("of another authority", await issued(foreign, "device.d1"));
    await refused("of the past", await issued(authority, "device.d1", around(-9, -1)));
    await refused("of the broker", { ca: pair.cert, cert: own.cert, key: own.key });
    await refused("of nobody", await issued(authority, "device.d3"));
    expect(refusals.some((line) => line.includes("device.d3"))).toBe(true);
    expect(refusals.join("\n")).not.toContain("PRIVATE KEY");

    broker.admit(members, await authority.revocations([d1.serial], new Date()));
    await first.close();
    await refused("revoked", d1);
    await linked(await issued(authority, "device.d1"));
    broker.admit([memberOf("d2")]);
    await refused("not on the list any more", await issued(authority, "device.d1"));
  });
});
