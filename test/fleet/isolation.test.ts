import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { recordGuarantee, scaled } from "@ohmwork/core/testing";
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
const homeAssistant = (id: string): Promise<Enrolled> => enrol({ role: "home-assistant", fleet }, id);

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
    startOpen: () => startEmbeddedBroker({ port: 0 }),
    requires: () => undefined,
    dropsForgers: true,
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
    startOpen: () => startMosquitto(),
    requires: requireMosquitto,
    dropsForgers: false,
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

const root = `ohmwork/v1/${fleet}`;

type Attack = { forged: string[]; overheard: string[]; pairs: number };

/**
 * Each of some devices tries the topics of every other one, as publisher and as listener. Gives what got through.
 *
 * @param dropsForgers the broker cuts the link of who publishes what it may not, so that every try needs its own
 */
async function attack(
  url: string,
  people: { devices: Enrolled[]; attackers: number; watcher: Enrolled; speaker: Enrolled },
  dropsForgers: boolean,
): Promise<Attack> {
  const { devices, attackers } = people;
  const forged: string[] = [];
  const watcher = await linked(url, people.watcher);
  const speaker = await linked(url, people.speaker);
  await watcher.subscribe(
    `${root}/#`,
    (topic, payload) => void (new TextDecoder().decode(payload) === "forged" && forged.push(topic)),
  );
  // Kept by the broker, for whoever may hear it later.
  for (const { member } of devices) {
    await speaker.publish(`${root}/${member.id}/desired`, text("kept"), { qos: 1, retain: true });
  }
  const overheard: string[] = [];
  let pairs = 0;
  for (const attacker of devices.slice(0, attackers)) {
    const own = attacker.member.id;
    const others = devices.map(({ member }) => member.id).filter((id) => id !== own);
    let connection = await linked(url, attacker);
    const told = Promise.withResolvers<void>();
    const hear = (topic: string): void => {
      if (topic === `${root}/${own}/ack`) told.resolve();
      else if (!topic.startsWith(`${root}/${own}/`)) overheard.push(topic);
    };
    const greedy = [
      "#",
      "+/#",
      `${root}/#`,
      `${root}/+/sample`,
      `${root}/+/desired/part/+`,
      "$SYS/#",
      `$share/g/${root}/+/answer`,
      "$share/g/#",
    ];
    for (const filter of [...greedy, ...others.map((id) => `${root}/${id}/#`), `${root}/${own}/ack`])
      await connection.subscribe(filter, hear);
    for (const other of others) {
      for (const topic of spokenBy("trainer", other))
        await speaker.publish(topic, text("from the trainer"), { qos: 1, retain: false });
    }
    // What is meant for it arrives behind all of the above, which it would have heard before.
    await speaker.publish(`${root}/${own}/ack`, text("for it"), { qos: 1, retain: false });
    await told.promise;
    for (const [i, other] of others.entries()) {
      const topics = [...spokenBy("agent", other), ...spokenBy("trainer", other)];
      // Where every try takes a link of its own, each pair tries one topic, and all of them are tried by turns.
      const tried = dropsForgers ? [topics[i % topics.length] as string] : topics;
      for (const topic of tried) {
        if (dropsForgers) {
          await connection.close();
          connection = await linked(url, attacker);
        }
        await connection.publish(topic, text("forged"), { qos: 1, retain: true });
      }
      pairs += 1;
    }
    await connection.close();
  }
  // The broker has handled all before this one, which goes the same way.
  const last = Promise.withResolvers<void>();
  await watcher.subscribe(
    `${root}/+/ack`,
    (_, payload) => void (new TextDecoder().decode(payload) === "the end" && last.resolve()),
  );
  await speaker.publish(`${root}/d0/ack`, text("the end"), { qos: 1, retain: false });
  await last.promise;
  return { forged, overheard, pairs };
}

async function peopleOf(
  count: number,
): Promise<{ devices: Enrolled[]; watcher: Enrolled; speaker: Enrolled; members: Member[] }> {
  const devices = await Promise.all(Array.from({ length: count }, (_, i) => device(`d${i}`)));
  const [watcher, speaker] = await Promise.all([person("ada"), trainer("t1")]);
  return { devices, watcher, speaker, members: [...devices, watcher, speaker].map(({ member }) => member) };
}

describe.each(brokers)("$name", ({ name, start, startOpen, requires, dropsForgers }) => {
  it("lets no device touch another", async (context) => {
    requires(context);
    const people = await peopleOf(50);
    await using broker = await start(people.members);
    const { forged, overheard, pairs } = await attack(broker.url, { ...people, attackers: scaled(50) }, dropsForgers);
    expect(forged).toEqual([]);
    expect(overheard).toEqual([]);
    recordGuarantee(context, { guarantee: "P12", fault: `a device tries the topics of another on ${name}`, count: pairs });
  });

  it("would be seen to let them, if it did", async (context) => {
    requires(context);
    const people = await peopleOf(3);
    await using broker = await startOpen();
    const { forged, overheard } = await attack(broker.url, { ...people, attackers: 1 }, false);
    // Everything that it tried: two others, with all of the topics of agents and trainers.
    const topics = ["d1", "d2"].flatMap((id) => [...spokenBy("agent", id), ...spokenBy("trainer", id)]);
    expect(new Set(forged)).toEqual(new Set(topics));
    expect(overheard).toEqual(expect.arrayContaining(["d1", "d2"].flatMap((id) => spokenBy("trainer", id))));
    recordGuarantee(context, { guarantee: "P12", fault: `${name} lets in whoever comes`, count: forged.length, unguarded: true });
  });

  it("lets in nobody without the password of that name", async (context) => {
    requires(context);
    const [d1, d2, stranger] = await Promise.all([device("d1"), device("d2"), device("d3")]);
    await using broker = await start([d1.member, d2.member]);
    const refused = async (who: Enrolled): Promise<void> => {
      const connection = link(broker.url, who);
      await expect(connection.whenConnected(Seconds(0.5))).rejects.toMatchObject({
        code: "broker-unreachable",
        message: expect.stringMatching(/not authori|bad user/i),
      });
      await connection.close();
    };
    await refused({ ...d1, password: d2.password });
    await refused({ ...d1, password: "" });
    await refused(stranger);
    const anonymous = connectMqtt(broker.url, { clientId: "device.d1" });
    await expect(anonymous.whenConnected(Seconds(0.5))).rejects.toMatchObject({ code: "broker-unreachable" });
    await anonymous.close();
    await linked(broker.url, d1);
    recordGuarantee(context, {
      guarantee: "P13",
      fault: `a wrong, empty or missing password, or a strange name, on ${name}`,
      count: 4,
    });
  });

  it("lets no device take the link of another by its client id", async (context) => {
    requires(context);
    const [d1, d2] = await Promise.all([device("d1"), device("d2")]);
    await using broker = await start([d1.member, d2.member]);
    const victim = await linked(broker.url, d1);
    let lost = 0;
    victim.onDisconnect(() => (lost += 1));
    await linked(broker.url, d2, userOf(d1.member));
    expect(await victim.publish(`${root}/d1/status`, text("here"), { qos: 1, retain: true })).toBe(true);
    expect(lost).toBe(0);
    // The same two names do take it from each other where it is one's own.
    await linked(broker.url, d1, "another");
    await vi.waitFor(() => expect(lost).toBe(1), 10_000);
  });

  it("lets a trainer tell Home Assistant of devices, and Home Assistant hear those, and neither more", async (context) => {
    requires(context);
    const [d1, t1, ha] = await Promise.all([device("d1"), trainer("t1"), homeAssistant("house")]);
    const members = [d1.member, t1.member, ha.member];
    await using broker = await start(members);
    const added = async (who: Enrolled): Promise<Enrolled> => {
      members.push(who.member);
      await broker.admit(members);
      return who;
    };
    const config = "homeassistant/device/ohmwork_home_d1/config";
    const heard = { house: [] as string[], device: [] as string[], trainer: [] as string[] };
    const listen = async (who: Enrolled, to: string[], filters: readonly string[]): Promise<MqttConnection> => {
      const connection = await linked(broker.url, who);
      for (const filter of filters) await connection.subscribe(filter, (topic) => void to.push(topic));
      return connection;
    };
    const house = await listen(ha, heard.house, ["homeassistant/#", `${root}/#`]);
    const ear = await listen(d1, heard.device, ["homeassistant/#", `${root}/#`]);
    const keeper = await listen(t1, heard.trainer, ["homeassistant/#", `${root}/+/answer`]);
    const say = (from: MqttConnection, topic: string): Promise<boolean> =>
      from.publish(topic, text("x"), { qos: 1, retain: false });
    await say(keeper, config);
    await say(house, "homeassistant/status");
    await say(house, `${root}/d1/command/learn`);
    for (const kind of ["status", "sample", "progress", "reported", "answer"]) await say(ear, `${root}/d1/${kind}`);
    const end = `${root}/d1/answer`; // behind all others
    await vi.waitFor(() => expect([heard.house.includes(end), heard.trainer.includes(end)]).toEqual([true, true]), 10_000);
    expect(heard.house.toSorted()).toEqual(
      [config, "homeassistant/status", ...["status", "reported", "answer"].map((kind) => `${root}/d1/${kind}`)].toSorted(),
    );
    expect(heard.trainer.toSorted()).toEqual(["homeassistant/status", end].toSorted());
    await vi.waitFor(() => expect(heard.device).toEqual([`${root}/d1/command/learn`]), 10_000);

    // The embedded broker cuts the link of who says what they may not, so each try has one of its own.
    const forbidden: [Enrolled, string][] = [
      ...["desired", "respond", "ack", "sample", "answer", "label"].map((kind): [Enrolled, string] => [ha, `${root}/d1/${kind}`]),
      [ha, config],
      [ha, `${root}/trainer/t1/state`],
      [d1, config],
      [d1, "homeassistant/status"],
      [t1, "homeassistant/status"],
      [t1, "homeassistant/sensor/x/config"],
    ];
    await Promise.all([house, ear, keeper].map((connection) => connection.close()));
    const overheard: string[] = [];
    await listen(await added(await homeAssistant("other")), overheard, ["homeassistant/#"]);
    await listen(await added(await trainer("t2")), overheard, [`${root}/#`]);
    for (const [who, topic] of forbidden) {
      const connection = await linked(broker.url, who);
      await say(connection, topic);
      await connection.close();
    }
    const speaker = await linked(broker.url, d1);
    await say(speaker, `${root}/d1/sample`);
    await say(await linked(broker.url, ha), "homeassistant/status");
    const last = [`${root}/d1/sample`, "homeassistant/status"];
    await vi.waitFor(() => expect(overheard).toEqual(expect.arrayContaining(last)), 10_000);
    expect(overheard.toSorted()).toEqual(last.toSorted());
    recordGuarantee(context, {
      guarantee: "P12",
      fault: `Home Assistant, a device and a trainer try what is not theirs on ${name}`,
      count: forbidden.length,
    });
  });

  it("cuts the link of a device that is revoked, and lets it back in by a new password only", async (context) => {
    requires(context);
    const [d1, d2, fresh] = await Promise.all([device("d1"), device("d2"), device("d1")]);
    await using broker = await start([d1.member, d2.member]);
    const revoked = await linked(broker.url, d1);
    const other = await linked(broker.url, d2);
    const lost = Promise.withResolvers<void>();
    revoked.onDisconnect(lost.resolve);
    await broker.admit([d2.member]);
    await lost.promise;
    const again = link(broker.url, d1);
    await expect(again.whenConnected(Seconds(0.5))).rejects.toMatchObject({ message: expect.stringMatching(/not authori/i) });
    await again.close();
    await broker.admit([fresh.member, d2.member]);
    await linked(broker.url, fresh);
    expect(revoked.connected).toBe(false);
    expect(other.connected).toBe(true);
    recordGuarantee(context, { guarantee: "P13", fault: `a device that was revoked, on ${name}`, count: 1 });
  });

  it("keeps the samples of trainers who share them from a device that would join them", async (context) => {
    requires(context);
    const [d1, d2, t1] = await Promise.all([device("d1"), device("d2"), trainer("t1")]);
    await using broker = await start([d1.member, d2.member, t1.member]);
    const keeper = await linked(broker.url, t1);
    const thief = await linked(broker.url, d2);
    const speaker = await linked(broker.url, d1);
    const kept = { secret: 0, known: 0 };
    await keeper.subscribe(`${root}/+/sample`, () => void (kept.secret += 1), { sharedBy: "0123456789abcdef0123456789abcdef" });
    await keeper.subscribe(`${root}/+/responded`, () => void (kept.known += 1), { sharedBy: "trainers" });
    for (const kind of ["sample", "responded"])
      await thief.subscribe(`${root}/+/${kind}`, () => undefined, { sharedBy: "trainers" });
    for (let i = 0; i < 100; i++) {
      for (const kind of ["responded", "sample"])
        await speaker.publish(`${root}/d1/${kind}`, text("x"), { qos: 1, retain: false });
    }
    await vi.waitFor(() => expect(kept.secret).toBe(100), 10_000);
    // What is shared under a name that all know is why: mosquitto gives the thief its half, and then delivers it to nobody.
    expect(kept.known).toBe(name === "mosquitto" ? 50 : 100);
  });
});
