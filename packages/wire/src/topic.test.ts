import { createRandom } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isId } from "./id.ts";
import { kinds, messages } from "./message-map.ts";
import { type Address, clientIdOf, parseTopic, topicFilterOf, topicOf } from "./topic.ts";

const id = fc.stringMatching(/^[a-z0-9-]{1,36}$/).filter((text) => text !== "trainer");
const address: fc.Arbitrary<Address> = fc
  .record({ kind: fc.constantFrom(...kinds), fleet: id, owner: id, name: id, part: fc.option(fc.nat(255), { nil: undefined }) })
  .map(({ kind, fleet, owner, name, part }) => {
    if (kind === "trainer-state") return { kind, fleet, trainer: owner };
    if (kind === "command" || kind === "command-reply") return { kind, fleet, device: owner, name };
    const isParted = messages[kind].parts === true && part !== undefined;
    return { kind, fleet, device: owner, ...(isParted && { part }) };
  });

describe("topicOf()", () => {
  it("names a device's and a trainer's topics", () => {
    expect(topicOf({ fleet: "home", device: "iris-1", kind: "sample" })).toBe("ohmwork/v1/home/iris-1/sample");
    expect(topicOf({ fleet: "home", trainer: "t1", kind: "trainer-state" })).toBe("ohmwork/v1/home/trainer/t1/state");
  });
  it("and parseTopic() are inverse", () => {
    fc.assert(
      fc.property(address, (one) => {
        expect(parseTopic(topicOf(one))).toEqual({ ok: true, value: one });
      }),
    );
  });
  it("refuses a part that there is none of", () => {
    const one = { kind: "sample", fleet: "home", device: "d1" } as const;
    expect(topicOf({ ...one, part: 255 })).toBe("ohmwork/v1/home/d1/sample/part/255");
    for (const part of [-1, 256, 0.5, Number.NaN]) expect(() => topicOf({ ...one, part })).toThrow(RangeError);
    expect(() => topicOf({ ...one, kind: "status", part: 0 })).toThrow("A message of kind status has no part 0");
  });
  it("keeps within 7 slashes", () => {
    fc.assert(
      fc.property(address, (one) => {
        expect(topicOf(one).split("/").length).toBeLessThanOrEqual(8);
      }),
    );
  });
  it.each(["", "A", "a/b", "+", "#", "a".repeat(37), "trainer"])("refuses the device id %j", (device) => {
    expect(() => topicOf({ fleet: "home", device, kind: "status" })).toThrow(RangeError);
  });
});

describe("clientIdOf()", () => {
  it("is another one for each device and trainer", () => {
    expect(clientIdOf({ fleet: "home", device: "d1" })).toBe("ohmwork:home:d1");
    expect(clientIdOf({ fleet: "home", trainer: "t1" })).toBe("ohmwork:home:trainer:t1");
    const dashed = fc.stringMatching(/^[ab-]{1,4}$/); // few letters, so that fleets and ids run into each other
    const who = fc.oneof(
      fc.record({ fleet: dashed, device: dashed.map((name) => `trainer-${name}`) }),
      fc.record({ fleet: dashed, device: dashed }),
      fc.record({ fleet: dashed, trainer: dashed }),
    );
    fc.assert(
      fc.property(who, who, (a, b) => {
        const key = (one: object): string => JSON.stringify(Object.entries(one));
        expect(clientIdOf(a) === clientIdOf(b)).toBe(key(a) === key(b));
      }),
      { numRuns: 5000 },
    );
  });
  it("refuses what is not an id", () => {
    expect(() => clientIdOf({ fleet: "a:b", device: "c" })).toThrow(RangeError);
    expect(() => clientIdOf({ fleet: "a", device: "trainer" })).toThrow(RangeError);
  });
});

describe("topicFilterOf()", () => {
  it("matches one kind from everybody", () => {
    expect(topicFilterOf("home", "sample")).toBe("ohmwork/v1/home/+/sample");
    expect(topicFilterOf("home", "trainer-state")).toBe("ohmwork/v1/home/trainer/+/state");
    expect(() => topicFilterOf("+", "sample")).toThrow(RangeError);
  });
  it("matches the commands to one device, but no answers to them", () => {
    expect(topicFilterOf("home", "command", { device: "d1" })).toBe("ohmwork/v1/home/d1/command/+");
    expect(topicFilterOf("home", "command-reply", { device: "d1" })).toBe("ohmwork/v1/home/d1/command/+/reply");
    expect(() => topicFilterOf("home", "command", { device: "#" })).toThrow(RangeError);
  });
  it("shares what is whole, and never parts", () => {
    expect(topicFilterOf("home", "sample", { sharedBy: "trainers" })).toBe("$share/trainers/ohmwork/v1/home/+/sample");
    expect(topicFilterOf("home", "sample", { parts: true })).toBe("ohmwork/v1/home/+/sample/part/+");
    expect(() => topicFilterOf("home", "sample", { parts: true, sharedBy: "trainers" })).toThrow(TypeError);
    expect(() => topicFilterOf("home", "status", { parts: true })).toThrow(RangeError);
    expect(() => topicFilterOf("home", "sample", { sharedBy: "a/b" })).toThrow(RangeError);
  });
});

describe("parseTopic()", () => {
  it.each([
    ["", "malformed"],
    ["other/v1/home/d/status", "malformed"],
    ["ohmwork", "malformed"],
    ["ohmwork/v2/home/d/status", "unknown-version"],
    ["ohmwork/v1/home/D/status", "malformed"],
    ["ohmwork/v1/home/d/", "unknown-kind"],
    ["ohmwork/v1/home/d/trainer-state", "unknown-kind"],
    ["ohmwork/v1/home/d/status/more", "unknown-kind"],
    ["ohmwork/v1/home/trainer/status", "unknown-kind"],
    ["ohmwork/v1/home/trainer/t1/state/more", "unknown-kind"],
  ])("refuses %j", (topic, reason) => {
    expect(parseTopic(topic)).toMatchObject({ ok: false, reason });
  });
  it("never throws, and never lets an id through that is none", (context) => {
    const seed = testSeed(1);
    const random = createRandom(seed, "topics");
    const good = kinds.flatMap((kind) => topicFilterOf("home", kind).replaceAll("+", "a-1"));
    const levels = [
      "ohmwork",
      "v1",
      "trainer",
      "state",
      "sample",
      "command",
      "reply",
      "part",
      "7",
      "+",
      "#",
      "$share",
      "",
      "é",
      "A",
    ];
    const wrong: string[] = [];
    let accepted = 0;
    for (let n = scaled(1_000_000); n > 0; n -= 1) {
      const parts = good[random.below(good.length)]!.split("/");
      for (let edits = random.below(4); edits > 0; edits -= 1) {
        parts.splice(random.below(parts.length + 1), random.below(2), levels[random.below(levels.length)]!);
      }
      const topic = parts.join("/");
      const result = parseTopic(topic);
      if (!result.ok) continue;
      accepted += 1;
      if (topicOf(result.value) !== topic || !isId(result.value.fleet)) wrong.push(topic);
    }
    expect(wrong).toEqual([]);
    expect(accepted).toBeGreaterThan(10_000);
    fc.assert(fc.property(fc.string({ unit: "binary" }), (topic) => !parseTopic(topic).ok));
    recordGuarantee(context, { guarantee: "P19", fault: "changed topics", count: scaled(1_000_000), seed });
  });
});
