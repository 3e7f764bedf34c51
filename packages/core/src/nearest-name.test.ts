import { expect, it } from "vitest";
import { didYouMean, nearestName } from "./nearest-name.ts";

it("nearestName() finds the name that was meant", () => {
  expect(nearestName("sytem", ["seed", "system", "steps"])).toBe("system");
  expect(nearestName("RESISTR", ["diode", "resistor"])).toBe("resistor");
  expect(nearestName("sing", ["desynchronous", "sign"])).toBe("sign");
  expect(nearestName("di", ["id"])).toBe("id");
  expect(nearestName("kitten", ["sitting", "mitten"])).toBe("mitten");
});

it("nearestName() guesses nothing where nothing is near", () => {
  expect(nearestName("banana", ["seed", "system"])).toBeUndefined();
  expect(nearestName("x", ["y"])).toBeUndefined();
  expect(nearestName("x", [])).toBeUndefined();
});

it("didYouMean() ends a message with the near name, or with all of them", () => {
  expect(didYouMean("sytem", ["seed", "system"])).toBe(', did you mean "system"?');
  expect(didYouMean("banana", ["seed", "system"])).toBe(", expected one of seed, system");
});
