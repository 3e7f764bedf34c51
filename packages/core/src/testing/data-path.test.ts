import { afterEach, describe, expect, it, vi } from "vitest";
import { dataPath } from "./data-path.ts";

describe("dataPath()", () => {
  afterEach(() => vi.unstubAllEnvs());
  const skip = vi.fn<(condition: boolean, note?: string) => void>();

  it("looks below OHMWORK_DATA", () => {
    vi.stubEnv("OHMWORK_DATA", "/data");
    expect(dataPath({ skip, task: { meta: {} } }, "mnist/a.gz")).toBe("/data/mnist/a.gz");
    expect(skip).toHaveBeenLastCalledWith(false, expect.any(String));
  });

  it("skips with a reason where there is none, and marks the test as one that needs data", () => {
    vi.stubEnv("OHMWORK_DATA", undefined);
    const task = { meta: {} };
    dataPath({ skip, task }, "mnist");
    expect(skip).toHaveBeenLastCalledWith(true, "OHMWORK_DATA names no folder with data sets");
    expect(task.meta).toEqual({ needsData: "mnist" });
  });
});
