import { describe, expect, it, vi } from "vitest";
import { AbortedError, DeadlineExceededError } from "./errors.ts";
import { createFakeClock } from "./testing/index.ts";
import { throwIfAborted, withDeadline } from "./time.ts";
import { Seconds } from "./units.ts";

const limit = Seconds(10);
const what = "Settling";

/** Never ends by itself, and notes why it was told to. */
function endless(): { work: (signal: AbortSignal) => Promise<never>; stopped: () => boolean } {
  let stopped = false;
  const work = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        stopped = true;
        reject(new TypeError("the work's own complaint"));
      });
    });
  return { work, stopped: () => stopped };
}

describe("withDeadline()", () => {
  it("gives what the work gives, and stops its timer", async () => {
    const clock = createFakeClock();
    await expect(withDeadline(() => Promise.resolve(7), { clock, limit, what })).resolves.toBe(7);
    await expect(clock.advance(Seconds(100))).resolves.toBeUndefined();
  });

  it("passes on what the work throws", async () => {
    const clock = createFakeClock();
    const failing = withDeadline(() => Promise.reject(new RangeError("mine")), { clock, limit, what });
    await expect(failing).rejects.toThrow(new RangeError("mine"));
  });

  it("throws at the deadline and not before, and stops the work then", async () => {
    const clock = createFakeClock();
    const { work, stopped } = endless();
    const outcome = withDeadline(work, { clock, limit, what }).then(
      () => "done",
      (error: unknown) => error,
    );
    await clock.advance(Seconds(9.999));
    expect(stopped()).toBe(false);
    await clock.advance(Seconds(0.001));
    expect(stopped()).toBe(true);
    await expect(outcome).resolves.toBeInstanceOf(DeadlineExceededError);
  });

  it("throws when the caller stops it, keeps the reason, and stops the work", async () => {
    const clock = createFakeClock();
    const { work, stopped } = endless();
    const caller = new AbortController();
    const outcome = withDeadline(work, { clock, limit, what, signal: caller.signal }).catch((error: unknown) => error);
    caller.abort("enough");
    await expect(outcome).resolves.toMatchObject({ code: "aborted", cause: "enough" });
    expect(stopped()).toBe(true);
  });

  it("does not begin when the caller has stopped already", async () => {
    let begun = false;
    const work = (): Promise<void> => {
      begun = true;
      return Promise.resolve();
    };
    const signal = AbortSignal.abort();
    await expect(withDeadline(work, { clock: createFakeClock(), limit, what, signal })).rejects.toBeInstanceOf(AbortedError);
    expect(begun).toBe(false);
  });

  it("leaves no listener on the caller's signal", async () => {
    const caller = new AbortController();
    const added = vi.spyOn(caller.signal, "addEventListener");
    const removed = vi.spyOn(caller.signal, "removeEventListener");
    await withDeadline(() => Promise.resolve(), { clock: createFakeClock(), limit, what, signal: caller.signal });
    expect(added.mock.calls.map(([type, listener]) => [type, listener])).not.toEqual([]);
    expect(removed.mock.calls).toEqual(added.mock.calls.map(([type, listener]) => [type, listener]));
  });
});

describe("throwIfAborted()", () => {
  it("throws with the reason once the signal has fired", () => {
    expect(() => throwIfAborted(undefined, what)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal, what)).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort("why"), what)).toThrow(AbortedError);
  });
});
