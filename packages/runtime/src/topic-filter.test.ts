import { describe, expect, it } from "vitest";
import { filtersMeet, matchesTopicFilter } from "./topic-filter.ts";

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

describe("filtersMeet()", () => {
  it("says for all short filters whether any topic matches both", () => {
    const below = (words: readonly string[], levels: number): string[] =>
      levels === 1 ? [...words] : words.flatMap((word) => [word, ...below(words, levels - 1).map((rest) => `${word}/${rest}`)]);
    const topics = [...below(["a", "b", "c"], 4), ...below(["a", "b"], 2).map((rest) => `$SYS/${rest}`)];
    const whole = below(["a", "b", "+"], 3);
    const filters = [...whole, ...below(["a", "b", "+"], 2).map((filter) => `${filter}/#`), "#", "$SYS/#", "$SYS/+", "$SYS/a"];
    const matched = new Map(filters.map((filter) => [filter, topics.filter((topic) => matchesTopicFilter(filter, topic))]));
    for (const one of filters) {
      for (const other of filters) {
        const both = matched.get(one)?.some((topic) => matched.get(other)?.includes(topic));
        expect(filtersMeet(one, other), `${one} and ${other}`).toBe(both);
      }
    }
  });
});
