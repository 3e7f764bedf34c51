import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runOhmwork } from "./run-ohmwork.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-vowels-"));
afterAll(() => rmSync(folder, { recursive: true }));

const train = (...more: string[]): ReturnType<typeof runOhmwork> => runOhmwork(["train", "vowel-clips", ...more]);

describe("ohmwork train vowel-clips", () => {
  it("trains an ear on synthetic vowels, in noise, and sets it beside untrained filters", async () => {
    const { code, out } = await train(
      "--system",
      "ear-8",
      "--rows",
      "128",
      "--epochs",
      "1",
      "--noise",
      "--tolerance",
      "0.1",
      "--json",
    );
    expect(code).toBe(0);
    const trained = JSON.parse(out) as Record<string, unknown>;
    expect(trained).toMatchObject({
      schema: "ohmwork.train/1",
      task: "vowel-clips",
      system: "ear-8",
      rule: "pat",
      steps: 2,
      deviceEvaluations: 2 * 2 * 64, // the filter bank, and the mixer behind it
      parameters: 24 + 10 * 25 + 1,
      baselines: { untrainedFilters: expect.any(Number), refittedReadout: expect.any(Number) },
      gap: { bank: expect.arrayContaining([expect.objectContaining({ kind: "error", size: 0.1 })]) },
    });
    expect(Object.keys(trained["accuracyInNoise"] as object)).toHaveLength(5);
  });

  it("lets the mixer learn in place", async () => {
    const { code, out } = await train(
      "--system",
      "ear-8",
      "--slots",
      "1",
      "--rule",
      "coupled-learning",
      "--epochs",
      "1",
      "--json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ rule: "coupled-learning", parameters: 180, twinAccuracy: null, digital: null });
  });

  it("says in one line what it cannot do", async () => {
    writeFileSync(join(folder, "m01ae.wav"), "no sound");
    const refusals: Readonly<Record<string, readonly string[]>> = {
      "m01ae.wav: Not a WAV file": ["--data", folder],
      "Option --classes is only of recordings": ["--classes", "3"],
      "Option --slots is 2, expected 1 or 3": ["--slots", "2"],
      "Option --twin is only of rules with a twin": ["--rule", "coupled-learning", "--twin", "as-made"],
      "Option --early-stop is only of rules with a twin": ["--rule", "coupled-learning", "--early-stop", "2"],
    };
    for (const [message, words] of Object.entries(refusals)) {
      const { code, err } = await train(...words);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
    }
  });
});
