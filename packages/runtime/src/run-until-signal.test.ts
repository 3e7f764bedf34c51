import { describe, expect, it } from "vitest";
import { runUntilSignal } from "./run-until-signal.ts";

describe("runUntilSignal()", () => {
  it("fires the signal at the first SIGINT and lets the work end", async () => {
    const before = process.listenerCount("SIGINT");
    const result = await runUntilSignal(async (signal) => {
      const stopped = new Promise<string>((resolve) => {
        signal.addEventListener("abort", () => resolve("left in order"));
      });
      process.emit("SIGINT");
      return stopped;
    });
    expect(result).toBe("left in order");
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
  it("takes its listeners back when the work fails", async () => {
    const before = process.listenerCount("SIGTERM");
    await expect(runUntilSignal(() => Promise.reject(new TypeError("no")))).rejects.toThrow("no");
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
