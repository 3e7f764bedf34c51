import { describe, expect, it } from "vitest";
import { accessOf } from "./access.ts";

describe("accessOf()", () => {
  it("lets an agent speak as its device and hear what is said to it", () => {
    const at = (rest: string): string => `ohmwork/v1/home/ear-1/${rest}`;
    expect(accessOf({ role: "agent", fleet: "home", device: "ear-1" })).toEqual({
      publish: [
        "status",
        "birth",
        "answer",
        "evidence",
        "evidence/part/+",
        "sample",
        "sample/part/+",
        "progress",
        "label",
        "reported",
        "responded",
        "responded/part/+",
        "command/+/reply",
      ].map(at),
      subscribe: [
        ...["ack", "label", "desired", "desired/part/+", "respond", "respond/part/+", "command/+"].map(at),
        "ohmwork/v1/home/trainer/+/state",
      ],
    });
  });
  it("lets a trainer speak to every device, and of its own state only", () => {
    const { publish, subscribe } = accessOf({ role: "trainer", fleet: "home", trainer: "t1" });
    expect(publish).toEqual([
      "ohmwork/v1/home/+/ack",
      "ohmwork/v1/home/+/desired",
      "ohmwork/v1/home/+/desired/part/+",
      "ohmwork/v1/home/+/respond",
      "ohmwork/v1/home/+/respond/part/+",
      "ohmwork/v1/home/+/command/+",
      "ohmwork/v1/home/trainer/t1/state",
      "homeassistant/device/+/config",
    ]);
    expect(subscribe).toContain("ohmwork/v1/home/+/sample/part/+");
    expect(subscribe).toContain("ohmwork/v1/home/trainer/+/state");
    expect(subscribe).toContain("homeassistant/status");
    expect(subscribe).toHaveLength(21);
  });
  it("lets a person label and command, and move no wiper", () => {
    expect(accessOf({ role: "person", fleet: "home" }).publish).toEqual([
      "ohmwork/v1/home/+/label",
      "ohmwork/v1/home/+/command/+",
    ]);
  });
  it("lets Home Assistant hear what it is told of, and no samples", () => {
    expect(accessOf({ role: "home-assistant", fleet: "home" })).toEqual({
      publish: ["homeassistant/status", "ohmwork/v1/home/+/command/+"],
      subscribe: ["homeassistant/#", ...["status", "answer", "reported"].map((kind) => `ohmwork/v1/home/+/${kind}`)],
    });
    expect(() => accessOf({ role: "home-assistant", fleet: "#" })).toThrow(RangeError);
  });
  it("refuses what would be a wildcard", () => {
    for (const device of ["+", "#", "a/b", "trainer", ""]) {
      expect(() => accessOf({ role: "agent", fleet: "home", device })).toThrow(RangeError);
    }
    expect(() => accessOf({ role: "person", fleet: "#" })).toThrow(RangeError);
    expect(() => accessOf({ role: "trainer", fleet: "home", trainer: "+" })).toThrow(RangeError);
  });
});
