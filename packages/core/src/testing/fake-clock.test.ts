import { describe, expect, it } from "vitest";
import { AbortedError } from "../errors.ts";
import { Seconds } from "../units.ts";
import { createFakeClock } from "./fake-clock.ts";

describe("createFakeClock()", () => {
  it("moves both times, and only when told to", async () => {
    const clock = createFakeClock(1000);
    await clock.advance(Seconds(2.5));
    expect(clock.now()).toBe(3500);
    expect(clock.monotonic()).toBe(2.5);
  });

  it("lets the wall clock jump alone", () => {
    const clock = createFakeClock(1000);
    clock.jump(-5000);
    expect(clock.now()).toBe(-4000);
    expect(clock.monotonic()).toBe(0);
  });

  it("wakes sleepers in the order they are due, each at its own time", async () => {
    const clock = createFakeClock();
    const woken: [string, number][] = [];
    const sleeper = async (name: string, delay: number): Promise<void> => {
      await clock.sleep(Seconds(delay));
      woken.push([name, clock.monotonic()]);
    };
    const sleepers = [sleeper("late", 3), sleeper("early", 1), sleeper("never", 9)];
    await clock.advance(Seconds(5));
    expect(woken).toEqual([
      ["early", 1],
      ["late", 3],
    ]);
    await clock.advance(Seconds(4));
    await Promise.all(sleepers);
    expect(woken.at(-1)).toEqual(["never", 9]);
  });

  it("wakes a sleeper that sleeps again before the end of the same step", async () => {
    const clock = createFakeClock();
    let ticks = 0;
    const ticking = (async () => {
      for (; ticks < 5; ticks += 1) await clock.sleep(Seconds(1));
    })();
    await clock.advance(Seconds(5));
    await ticking;
    expect(ticks).toBe(5);
  });

  it("ends the sleep of a signal that fires, before or during it", async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(Seconds(1), stop.signal);
    stop.abort();
    await expect(sleeping).rejects.toBeInstanceOf(AbortedError);
    await expect(clock.sleep(Seconds(1), stop.signal)).rejects.toBeInstanceOf(AbortedError);
    await clock.advance(Seconds(2));
    expect(clock.monotonic()).toBe(2);
  });
});
