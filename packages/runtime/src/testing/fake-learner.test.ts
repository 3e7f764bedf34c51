import { physicalSystemContract } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { createFakeLearner } from "./fake-learner.ts";

describe("createFakeLearner()", () => {
  it.each(physicalSystemContract("Fake learner", async () => createFakeLearner()))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
