import { describe, expect, it } from "vitest";
import { matchesTopicFilter } from "./topic-filter.ts";

describe("matchesTopicFilter()", () => {
  // Examples of MQTT 5 §4.7.1 and §4.7.2.
  it.each([
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "sport/tennis", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/monitor/Clients", false],
    ["+/monitor/Clients", "$SYS/monitor/Clients", false],
    ["$SYS/#", "$SYS/monitor/Clients", true],
    ["a/b", "a/b/c", false],
    ["a/b/c", "a/b", false],
  ])("%s against %s is %s", (filter, topic, matches) => {
    expect(matchesTopicFilter(filter, topic)).toBe(matches);
  });
});
