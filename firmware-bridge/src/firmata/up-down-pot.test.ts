import { describe, expect, it } from "vitest";
import { createEmulatedPots, fourPots } from "../testing/emulated-pots.ts";
import { stepLevels, type UpDownPot } from "./up-down-pot.ts";

const [ad5220, x9c103] = fourPots as readonly [UpDownPot, UpDownPot];

/** The chips after their clock has been brought to rest and moves have been made. */
function after(moves: readonly (readonly [UpDownPot, number])[]): ReturnType<typeof createEmulatedPots> {
  const pots = createEmulatedPots([64, 50, 64, 64]);
  pots.setPin(ad5220.pins.clock, false);
  for (const { pin, level } of moves.flatMap(([pot, steps]) => stepLevels(pot, steps))) pots.setPin(pin, level === 1);
  return pots;
}

describe("stepLevels()", () => {
  it("moves the one chip by as many positions, either way", () => {
    expect(after([[ad5220, 10]]).positions).toEqual([74, 50, 64, 64]);
    expect(after([[ad5220, -3]]).positions).toEqual([61, 50, 64, 64]);
    const both = after([
      [ad5220, 1],
      [x9c103, -7],
    ]);
    expect(both.positions).toEqual([65, 43, 64, 64]);
    expect(both.collisions()).toBe(0);
  });

  it("comes to rest at the end of the range, from anywhere", () => {
    expect(after([[x9c103, -x9c103.part.positions]]).positions[1]).toBe(0);
    expect(after([[ad5220, ad5220.part.positions]]).positions[0]).toBe(127);
  });

  it("stores nothing in an X9C103, which a high clock at its release would", () => {
    expect(after([[x9c103, 20]]).stored()).toBe(0);
    const pots = createEmulatedPots([64, 50, 64, 64]);
    for (const { pin, level } of [...stepLevels(x9c103, 2).slice(0, -2), { pin: x9c103.pins.select, level: 1 }])
      pots.setPin(pin, level === 1);
    expect(pots.stored()).toBe(1);
  });

  it("does nothing for no step", () => {
    expect(stepLevels(ad5220, 0)).toEqual([]);
  });
});
