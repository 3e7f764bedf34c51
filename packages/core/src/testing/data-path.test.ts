import { afterEach, describe, expect, it, vi } from "vitest";
import { dataPath } from "./data-path.ts";

describe("dataPath()", () => {
  afterEach(() => vi.unstubAllEnvs());
  const skip = vi.fn<(condition: boolean, note?: string) => void>();

  it("looks below OHMWORK_DATA", () => {
    vi.stubEnv("OHMWORK_DATA", "/data");
    expect(dataPath({ skip }, "mnist/a.gz")).toBe("/data/mnist/a.gz");
    expect(skip).toHaveBeenLastCalledWith(false, expect.any(String));
  });

  it("skips with a reason where there is none, unless everything is required", () => {
    vi.stubEnv("OHMWORK_DATA", undefined);
    vi.stubEnv("OHMWORK_REQUIRE_ALL", undefined);
    dataPath({ skip }, "mnist");
    expect(skip).toHaveBeenLastCalledWith(true, "OHMWORK_DATA names no folder with data sets");
    vi.stubEnv("OHMWORK_REQUIRE_ALL", "1");
    expect(() => dataPath({ skip }, "mnist")).toThrow(RangeError);
  });
});
