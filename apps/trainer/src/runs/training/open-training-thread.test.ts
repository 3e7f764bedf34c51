import { AbortedError, BadInputError, type PhysicalSystem } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { createCrystal, shortRun } from "../../testing/runs-bench.ts";
import { openTrainingThread } from "./open-training-thread.ts";

const quiet = { signal: new AbortController().signal, onProgress: async (): Promise<void> => undefined };
const failing = (error: Error): PhysicalSystem => {
  const respond = async (): Promise<never> => {
    throw error;
  };
  return { ...createCrystal(), respond };
};

describe("openTrainingThread()", () => {
  it("trains several runs at a time, and holds up nothing here", async () => {
    await using thread = openTrainingThread();
    const steps: string[] = [];
    const trained = ["a", "b"].map((name) => {
      const onProgress = async (): Promise<void> => void steps.push(name);
      return thread.train({ spec: shortRun, devices: { crystal: createCrystal() } }, { ...quiet, onProgress });
    });
    const [a, b] = await Promise.all(trained);
    expect(a).toEqual(b);
    expect(steps.filter((name) => name === "a")).toHaveLength(6);
    // Neither was done before the other began.
    expect(steps.indexOf("b")).toBeLessThan(steps.lastIndexOf("a"));
    expect(steps.indexOf("a")).toBeLessThan(steps.lastIndexOf("b"));
  });

  it("throws what was thrown on the other side, and by the device", async () => {
    await using thread = openTrainingThread();
    const train = (crystal: PhysicalSystem, spec = shortRun): Promise<unknown> =>
      thread.train({ spec, devices: { crystal } }, quiet);
    await expect(train(createCrystal(), { ...shortRun, system: "shq" })).rejects.toThrow(BadInputError);
    await expect(train(failing(new RangeError("No such row")))).rejects.toThrow(new RangeError("No such row"));
    await expect(train(failing(new BadInputError("Out of order")))).rejects.toThrow(
      "the device failed 3 times, the last time with: Out of order",
    );
    const stop = new AbortController();
    const stopped = thread.train({ spec: shortRun, devices: { crystal: createCrystal() } }, { ...quiet, signal: stop.signal });
    stop.abort();
    await expect(stopped).rejects.toThrow(AbortedError);
  });

  it("trains nothing any more once it is closed, and says so", async () => {
    const thread = openTrainingThread();
    const onProgress = async (): Promise<void> => thread[Symbol.asyncDispose]();
    const training = thread.train({ spec: shortRun, devices: { crystal: createCrystal() } }, { ...quiet, onProgress });
    await expect(training).rejects.toThrow(AbortedError);
    expect(thread.isGone).toBe(true);
    await expect(thread.train({ spec: shortRun, devices: {} }, quiet)).rejects.toThrow(Error);
  });
});
