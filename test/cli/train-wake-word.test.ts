import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataPath, isDeep, recordMeasured } from "@ohmwork/core/testing";
import { encodeWav } from "@ohmwork/tasks";
import { afterAll, describe, expect, it } from "vitest";
import { runOhmwork } from "./run-ohmwork.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-wake-word-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Score = {
  readonly corpus: string;
  readonly clips: number;
  readonly area: number;
  readonly rates: readonly {
    readonly falseAccepts: number;
    readonly hitRate: number;
    readonly interval: { low: number; high: number };
  }[];
};
type Trained = Score & { readonly words: number; readonly corpora: readonly Score[]; readonly folds: readonly Score[] };

const train = (data: string, ...more: string[]): ReturnType<typeof runOhmwork> =>
  runOhmwork(["train", "wake-word", "--data", data, ...more]);

/** Two tones, one after the other, in a voice of some pitch and level. */
function write(path: string, tones: readonly [number, number], voice: number): void {
  const shift = 1 + 0.05 * voice;
  const samples = Float32Array.from({ length: 5600 }, (_, n) => {
    const tone = n < 800 || n >= 4800 ? 0 : tones[n < 2800 ? 0 : 1];
    return (0.1 + 0.05 * (voice % 4)) * Math.sin((2 * Math.PI * tone * shift * n) / 8000) + 0.001 * Math.sin(n * n);
  });
  writeFileSync(path, encodeWav({ rate: 8000, samples }));
}

describe("ohmwork train wake-word", () => {
  it("trains and tries a detector on folders of recordings", { timeout: 120_000 }, async () => {
    const own = join(folder, "wake-words", "beep", "en");
    mkdirSync(own, { recursive: true });
    mkdirSync(join(folder, "fsdd"));
    for (let voice = 0; voice < 6; voice += 1) {
      write(join(own, `beep-${voice}.wav`), [500, 1500], voice);
      write(join(folder, "fsdd", `1_speaker${voice}_0.wav`), [1500, 500], voice);
      write(join(folder, "fsdd", `2_speaker${voice}_0.wav`), [1000, 1000], voice);
    }
    const { code, out } = await train(folder, "--word", "beep", "--seed", "2", "--rule", "in-silico", "--json");
    expect(code).toBe(0);
    const trained = JSON.parse(out) as Trained;
    const about = {
      schema: "ohmwork.train-wake-word/1",
      system: "ear-12",
      rule: "in-silico",
      seed: 2,
      word: "beep",
      gapScale: 1,
    };
    expect(trained).toMatchObject({ ...about, words: 6, clips: 12, corpora: [{ corpus: "digits", clips: 12 }] });
    expect(trained.area).toBeGreaterThan(0.9);
    expect(trained.rates.map(({ falseAccepts }) => falseAccepts)).toEqual([0.01, 0.02, 0.05]);
    expect(trained.folds).toHaveLength(5);
  });

  it("says in one line what is missing", async () => {
    const refusals: readonly (readonly [string, readonly string[]])[] = [
      ["No such folder, expected recordings of", [folder, "--word", "lamp"]],
      ["expected one of", [join(folder, "..", "no-such-folder"), "--rule", "by-heart"]],
    ];
    for (const [message, [data = "", ...words]] of refusals) {
      const { code, err } = await train(data, ...words);
      expect(code).toBe(2);
      expect(err.trim().split("\n")).toEqual([expect.stringContaining(message.startsWith("expected") ? "by-heart" : message)]);
    }
  });

  // A board takes a minute: none in the gate.
  it.for(isDeep ? [1, 2] : [])(
    "hears computer among other words, digits and hVd words, by voices it never heard, on board %i",
    { timeout: 1_800_000 },
    async (seed, context) => {
      const data = join(dataPath(context, "wake-words"), "..");
      const { out } = await train(data, "--seed", String(seed), "--json");
      const { area, rates, corpora } = JSON.parse(out) as Trained;
      expect(area).toBeGreaterThanOrEqual(0.95);
      expect(rates.map(({ hitRate }) => hitRate >= 0.55)).toEqual([true, true, true]);
      recordMeasured(context, `wake word, board ${seed}: area under the curve`, area.toFixed(3));
      for (const { corpus, area: own } of corpora) recordMeasured(context, `against ${corpus}, board ${seed}`, own.toFixed(3));
    },
  );
});
