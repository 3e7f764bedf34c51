import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { createFakeBroker } from "@ohmwork/runtime/testing";
import { type Birth, decode, isId, parseTopic } from "@ohmwork/wire";
import { describe, expect, it, vi } from "vitest";
import { createAnnouncer } from "./announcer.ts";
import { type Component, discoveryOf } from "./discovery.ts";

const birth: Birth = {
  boot: "b1",
  versions: { ohmwork: "0.1.0" },
  system: "bench-16",
  rule: "coupled-learning",
  task: "sounds",
  ports: { inputs: [], parameters: [], outputs: [] },
  parameters: { revision: 3 },
  outbox: { depth: 0, oldest: 1, dropped: 0 },
  capabilities: ["learn", "learn-this"],
};
const common = { fleet: "home", device: "ear-1", birth, version: "0.1.0" };
const classes = ["knock", "speech"];

/**
 * The rules as Home Assistant checks them itself (homeassistant/components/mqtt: DEVICE_DISCOVERY_SCHEMA of schemas.py,
 * sensor.py, event.py, and the discovery topic of discovery.py), in the parts that are used here.
 */
function problemsOf({ topic, config }: ReturnType<typeof discoveryOf>): string[] {
  const problems: string[] = [];
  const expects = (holds: boolean, what: string): void => void (holds || problems.push(what));
  expects(/^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/.test(topic), "the topic is <prefix>/device/<object id>/config");
  const devices = [
    "identifiers",
    "connections",
    "manufacturer",
    "model",
    "model_id",
    "name",
    "hw_version",
    "serial_number",
    "sw_version",
    "via_device",
    "suggested_area",
    "configuration_url",
  ];
  expects(config.device.identifiers.length > 0, "a device has an identifier");
  for (const key of Object.keys(config.device)) expects(devices.includes(key), `a device has no ${key}`);
  expects(config.origin.name !== "", "an origin has a name");
  for (const key of Object.keys(config)) {
    expects(
      [
        "device",
        "origin",
        "components",
        "availability",
        "availability_mode",
        "state_topic",
        "command_topic",
        "qos",
        "encoding",
      ].includes(key),
      `a config has no ${key}`,
    );
  }
  const ids = Object.values(config.components).map(({ unique_id }) => unique_id);
  expects(new Set(ids).size === ids.length, "unique ids are unique");
  for (const [name, { platform, unique_id, ...rest }] of Object.entries(config.components)) {
    const one: Readonly<Record<string, unknown>> = rest;
    expects(["sensor", "binary_sensor", "event", "button", "select"].includes(platform), `${name} is of a platform`);
    expects(unique_id !== "", `${name} has a unique id`);
    expects(
      new RegExp(`^${platform}\\.[a-z0-9_]+$`).test(String(one["default_entity_id"])),
      `${name} has an entity id of its platform`,
    );
    expects(!("object_id" in one), `${name} has no object_id, which is no more`);
    const isAsked = platform === "button" || platform === "select";
    expects("state_topic" in one !== isAsked, `${name} has a state topic unless it is only asked`);
    expects("command_topic" in one === isAsked, `${name} has a command topic if it is asked`);
    if (platform === "select") expects((one["options"] as unknown[]).length > 0, `${name} has options`);
    else if ("options" in one) {
      expects((one["options"] as unknown[]).length > 0, `${name}: an empty list of options is not allowed`);
      expects(one["device_class"] === "enum", `${name}: options are for the device class enum`);
      expects(!("state_class" in one) && !("unit_of_measurement" in one), `${name}: options go with no state class and no unit`);
    }
    if (platform === "event") expects((one["event_types"] as unknown[]).length > 0, `${name} has types of events`);
  }
  return problems;
}

const component = (name: string, list = classes): Component | undefined =>
  discoveryOf({ ...common, classes: list }).config.components[name];

describe("discoveryOf()", () => {
  it.each([[classes], [[]]])("keeps the rules of Home Assistant with the classes %j", (list) => {
    expect(problemsOf(discoveryOf({ ...common, classes: list }))).toEqual([]);
    expect(problemsOf(discoveryOf({ ...common, classes: list, birth: { ...birth, versions: {}, capabilities: [] } }))).toEqual(
      [],
    );
  });

  it("tells of answers as one of the classes, and of each as an event", () => {
    expect(discoveryOf({ ...common, classes }).topic).toBe("homeassistant/device/ohmwork_home_ear-1/config");
    expect(component("answer")).toMatchObject({
      device_class: "enum",
      options: classes,
      state_topic: "ohmwork/v1/home/ear-1/answer",
    });
    expect(component("detection")).toMatchObject({ platform: "event", event_types: classes });
    expect(component("answer", [])).not.toHaveProperty("options");
    expect(component("detection", [])).toBeUndefined();
  });

  it("is available while the status says so", () => {
    const { availability } = discoveryOf({ ...common, classes }).config;
    expect(availability).toEqual([{ topic: "ohmwork/v1/home/ear-1/status", value_template: "{{ value_json.state }}" }]);
  });

  it("has a button only where the device can be asked, and its message is one that devices read", () => {
    expect(discoveryOf({ ...common, classes, birth: { ...birth, capabilities: [] } }).config.components).not.toHaveProperty(
      "learn",
    );
    const now = 1_790_000_000;
    // What the templates give there: the only expressions in them are times, and the value that was chosen.
    const pressed = (one: Component, value = ""): unknown =>
      decode(
        "command",
        new TextEncoder().encode(
          String(one["command_template"])
            .replaceAll(/\{\{ \(\(now\(\)\.timestamp\(\) \+ (\d+)\) \* 1000\) \| int \}\}/g, (_, later: string) =>
              String((now + Number(later)) * 1000),
            )
            .replaceAll("{{ value | to_json }}", JSON.stringify(value)),
        ),
      );
    const [button, select] = [component("learn")!, component("learn_as", [...classes, "unknown"])!];
    for (const one of [button, select])
      expect(parseTopic(String(one["command_topic"]))).toMatchObject({
        ok: true,
        value: { kind: "command", name: "learn-this" },
      });
    const expires = (now + 60) * 1000;
    expect(pressed(button)).toMatchObject({ ok: true, value: { by: "home-assistant", arguments: {}, expires } });
    expect(isId((pressed(button) as { value: { request: string } }).value.request)).toBe(true);
    expect(select["options"]).toEqual(classes);
    expect(pressed(select, 'a "b"')).toMatchObject({ ok: true, value: { arguments: { label: 'a "b"' }, expires } });
  });

  it("gives two devices of two fleets different names, and one device the same words", () => {
    const topicOf = (fleet: string, device: string): string => discoveryOf({ ...common, classes, fleet, device }).topic;
    expect(topicOf("a-b", "c")).not.toBe(topicOf("a", "b-c"));
    expect(JSON.stringify(discoveryOf({ ...common, classes }))).toBe(
      JSON.stringify(discoveryOf({ ...common, classes: [...classes] })),
    );
  });
});

describe("createAnnouncer()", () => {
  it("says what is new, nothing twice, and everything within 10 s when Home Assistant starts", async () => {
    const broker = createFakeBroker();
    const [home, connection] = [broker.connect(), broker.connect()];
    const heard: string[] = [];
    await home.subscribe("homeassistant/device/+/config", (topic) => void heard.push(topic));
    const clock = createFakeClock();
    let turn = 0;
    const announcer = createAnnouncer({ connection, clock, random: () => (turn += 0.3) });
    await announcer.start();
    const [a, b] = [discoveryOf({ ...common, classes }), discoveryOf({ ...common, device: "ear-2", classes })];
    for (const one of [a, a, b, a]) await announcer.announce(one);
    expect(heard).toEqual([a.topic, b.topic]);
    await announcer.announce(discoveryOf({ ...common, classes: ["knock"] }));
    expect(heard).toHaveLength(3);
    expect(broker.retained(a.topic)).toBeDefined();

    heard.length = 0;
    const once = { qos: 1, retain: false } as const;
    await home.publish("homeassistant/status", new TextEncoder().encode("offline"), once);
    await home.publish("homeassistant/status", new TextEncoder().encode("online"), once);
    await clock.advance(Seconds(2.9));
    expect(heard).toEqual([]);
    await clock.advance(Seconds(0.2));
    await vi.waitFor(() => expect(heard).toEqual([a.topic]));
    await clock.advance(Seconds(3));
    await vi.waitFor(() => expect(heard).toEqual([a.topic, b.topic]));
    announcer.stop();
  });

  it("says again what found no broker", async () => {
    const broker = createFakeBroker();
    const connection = broker.connect();
    const announcer = createAnnouncer({ connection, clock: createFakeClock(), random: () => 0 });
    const discovery = discoveryOf({ ...common, classes });
    connection.cut();
    await announcer.announce(discovery);
    connection.link();
    await announcer.announce(discovery);
    expect(broker.retained(discovery.topic)).toBeDefined();
  });
});
