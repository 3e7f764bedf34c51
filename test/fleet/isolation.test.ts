import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { recordMeasured, scaled } from "@ohmwork/core/testing";
import {
  connectMqtt,
  createPassword,
  hashPassword,
  type Member,
  mosquittoFiles,
  type MqttConnection,
  startEmbeddedBroker,
  userOf,
} from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { type Kind, kinds, messages, topicOf, type Address } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";

const fleet = "home";
const text = (payload: string): Uint8Array => new TextEncoder().encode(payload);

type Enrolled = { member: Member; password: string };

async function enrol(who: Member["who"], id: string): Promise<Enrolled> {
  const password = createPassword();
  return { password, member: { who, id, password: await hashPassword(password) } };
}
const device = (id: string): Promise<Enrolled> => enrol({ role: "agent", fleet, device: id }, id);
const trainer = (id: string): Promise<Enrolled> => enrol({ role: "trainer", fleet, trainer: id }, id);
const person = (id: string): Promise<Enrolled> => enrol({ role: "person", fleet }, id);

type Broker = AsyncDisposable & { url: string; admit: (members: readonly Member[]) => Promise<void> };

const brokers = [
  {
    name: "the embedded broker",
    start: async (members: readonly Member[]): Promise<Broker> => {
      const broker = await startEmbeddedBroker({ port: 0, members });
      return {
        url: broker.url,
        admit: async (list) => broker.admit(list),
        [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
      };
    },
    requires: () => undefined,
  },
  {
    name: "mosquitto",
    start: async (members: readonly Member[]): Promise<Broker> => {
      let list = members;
      const broker = await startMosquitto({
        write: async (folder, port) => {
          const files = mosquittoFiles(list, { folder, port, owner: userInfo().username });
          for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
        },
      });
      return {
        url: broker.url,
        admit: async (fresh) => {
          list = fresh;
          await broker.reload();
        },
        [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
      };
    },
    requires: requireMosquitto,
  },
];

function link(url: string, { member, password }: Enrolled, clientId = userOf(member)): MqttConnection {
  const connection = connectMqtt(url, { clientId, credentials: { username: userOf(member), password } });
  onTestFinished(() => connection.close());
  return connection;
}

async function linked(url: string, who: Enrolled, clientId?: string): Promise<MqttConnection> {
  const connection = link(url, who, clientId);
  await connection.whenConnected(Seconds(20));
  return connection;
}

/** A topic of a kind at a device, with a part where there can be one. */
function topicsOf(kind: Kind, id: string): string[] {
  if (kind === "trainer-state") return [topicOf({ kind, fleet, trainer: "t1" })];
  const address = (
    kind.startsWith("command") ? { kind, fleet, device: id, name: "learn" } : { kind, fleet, device: id }
  ) as Address;
  return [topicOf(address), ...(messages[kind].parts === true ? [topicOf({ ...address, part: 0 } as Address)] : [])];
}
const spokenBy = (sender: "agent" | "trainer", id: string): string[] =>
  kinds.filter((kind) => messages[kind].from.includes(sender) && kind !== "trainer-state").flatMap((kind) => topicsOf(kind, id));

describe.each(brokers)("$name", ({ name, start, requires }) => {
  it("lets no device touch another", async (context) => {
    requires(context);
    const ids = Array.from({ length: 50 }, (_, i) => `d${i}`);
    const enrolled = await Promise.all(ids.map(device));
    const watching = await person("ada");
    const training = await trainer("t1");
    await using broker = await start([...enrolled, watching, training].map(({ member }) => member));
    const watcher = await linked(broker.url, watching);
    const speaker = await linked(broker.url, training);
    const arrived: string[] = [];
    await watcher.subscribe(
      `ohmwork/v1/${fleet}/#`,
      (topic, payload) => void arrived.push(`${topic} ${new TextDecoder().decode(payload)}`),
    );

    // Each of some devices tries every other one's topics, as publisher and as listener.
    let pairs = 0;
    const attackers = enrolled.slice(0, scaled(enrolled.length));
    for (const attacker of attackers) {
      const own = attacker.member.id;
      const others = ids.filter((id) => id !== own);
      const connection = await linked(broker.url, attacker);
      const overheard: string[] = [];
      const hear = (topic: string): void => void overheard.push(topic);
      const root = `ohmwork/v1/${fleet}`;
      const greedy = [
        "#",
        "+/#",
        `${root}/#`,
        `${root}/+/sample`,
        `${root}/+/desired`,
        `$SYS/#`,
        `$share/trainers/${root}/+/answer`,
        `$share/g/#`,
      ];
      for (const filter of greedy) await connection.subscribe(filter, hear);
      for (const other of others) {
        await connection.subscribe(`${root}/${other}/#`, hear);
        pairs += 1;
        if (name === "mosquitto") {
          const results = await Promise.all(
            spokenBy("agent", other)
              .concat(spokenBy("trainer", other))
              .map((topic) => connection.publish(topic, text(`forged by ${own}`), { qos: 1, retain: true })),
          );
          expect(results).not.toContain(true);
        }
      }
      for (const other of others)
        for (const topic of spokenBy("trainer", other))
          await speaker.publish(topic, text("from the trainer"), { qos: 1, retain: false });
      // What is meant for it does arrive, behind all of the above: so it would have heard that as well.
      await speaker.publish(`${root}/${own}/ack`, text("for it"), { qos: 1, retain: false });
      await vi.waitFor(() => expect(overheard).toContain(`${root}/${own}/ack`), 20_000);
      expect(overheard.filter((topic) => topic !== `${root}/${own}/ack`)).toEqual([]);
      await connection.close();
    }
    expect(arrived.filter((line) => line.includes("forged"))).toEqual([]);
    recordMeasured(context, `P12 pairs of devices on ${name}`, pairs);
  });
});
