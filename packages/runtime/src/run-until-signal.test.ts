import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { runUntilSignal } from "./run-until-signal.ts";

describe("runUntilSignal()", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("fires the signal at the first %s and lets the work end", async (name) => {
    const before = process.listenerCount(name);
    const result = await runUntilSignal(async (signal) => {
      const stopped = new Promise<string>((resolve) => {
        signal.addEventListener("abort", () => resolve("left in order"));
      });
      process.emit(name);
      return stopped;
    });
    expect(result).toBe("left in order");
    expect(process.listenerCount(name)).toBe(before);
  });
  it("ends the process at the second signal, but not at an echo of the first", async () => {
    const clock = createFakeClock();
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    onTestFinished(() => exit.mockRestore());
    await runUntilSignal(
      async () => {
        process.emit("SIGINT");
        await clock.advance(Seconds(0.4));
        process.emit("SIGINT");
        expect(exit).not.toHaveBeenCalled();
        await clock.advance(Seconds(0.2));
        process.emit("SIGTERM");
      },
      { clock },
    );
    expect(exit.mock.calls).toEqual([[130]]);
  });
  it("takes its listeners back when the work fails", async () => {
    const before = process.listenerCount("SIGTERM");
    await expect(runUntilSignal(() => Promise.reject(new TypeError("no")))).rejects.toThrow("no");
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
