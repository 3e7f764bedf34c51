import { scaled } from "@ohmwork/core/testing";
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
  it("never throws, and never lets an id through that is none", () => {
    const part = fc.oneof(
      fc.constantFrom("ohmwork", "v1", "trainer", "state", "sample", "+", "#", "$share", ""),
      id,
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), fc.boolean(), (parts, rooted) => {
        const result = parseTopic([...(rooted ? ["ohmwork", "v1"] : []), ...parts].join("/"));
        if (!result.ok) return;
        expect(isId(result.value.fleet)).toBe(true);
        expect(topicOf(result.value)).toBe([...(rooted ? ["ohmwork", "v1"] : []), ...parts].join("/"));
      }),
      { numRuns: scaled(200_000) },
    );
  });
});
