import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { finished, hasSaid, startOhmwork } from "./run-ohmwork.ts";
import { result, short } from "./train-runs.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-train-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);
const torchTwin = join(import.meta.dirname, "torch/own-twin.onnx");

const withoutTime = (trained: Record<string, unknown>): Record<string, unknown> => ({ ...trained, seconds: 0 });

describe("ohmwork train", () => {
  it("says in one line of JSON what became of a training", async () => {
    const trained = await result(short("--seed", "3"));
    expect(trained).toMatchObject({
      schema: "ohmwork.train/1",
      task: "digits",
      system: "shg",
      rule: "pat",
      seed: 3,
      epochs: 3,
      steps: 99, // 33 batches of 32 in 1,078 rows
      parameters: 17_730,
      skippedSteps: 0,
      gapScale: 1,
      baselines: { majorityClass: expect.closeTo(0.1, 1), linearClassifier: expect.closeTo(0.967, 1) },
    });
    expect(trained["testAccuracy"]).toBe(trained["deviceAccuracy"]);
    expect(trained["accuracyGap"]).toBe((trained["twinAccuracy"] as number) - (trained["deviceAccuracy"] as number));
    expect(trained["testAccuracy"]).toBeGreaterThan(0.5);
    // Two passes of every row, and what the starting numbers of the layers between are measured with.
    expect(trained["deviceEvaluations"]).toBe(2 * 99 * 32 + 2 * 1000);
    expect((trained["gap"] as { crystal: unknown[] }).crystal.length).toBeGreaterThan(5);
  });

  it("has no gap where there is none, and nothing of a device where there is none", async () => {
    const ideal = await result(short("--gap", "0", "--rule", "in-silico"));
    expect(ideal).toMatchObject({ gap: { crystal: [] }, gapScale: 0, deviceEvaluations: 0 });
    expect(Math.abs(ideal["accuracyGap"] as number)).toBeLessThan(0.01);
    const digital = await result(short("--rule", "digital", "--digital", "modulator alone"));
    expect(digital).toMatchObject({ digital: "modulator alone", deviceAccuracy: null, accuracyGap: null, deviceEvaluations: 0 });
  });

  it("goes on from a checkpoint to the same bits as without a stop", async () => {
    const [whole, stopped] = [inFolder("whole.ckpt"), inFolder("stopped.ckpt")];
    const long = (...more: string[]): string[] => short("--rule", "in-silico-then-pat", "--epochs", "40", ...more);
    const wanted = await result(long("--checkpoint", whole));
    const child = startOhmwork(long("--checkpoint", stopped));
    const ended = finished(child);
    await hasSaid(child, "loss "); // a first report, behind which its state is written
    child.kill("SIGINT");
    const { code, out, err } = await ended;
    expect({ code, out }).toEqual({ code: 130, out: "" });
    expect(err).toContain(`State of the training: ${stopped}; to go on, the same command with --resume ${stopped}\n`);
    expect(readFileSync(stopped)).not.toEqual(readFileSync(whole));
    expect(withoutTime(await result(long("--resume", stopped)))).toEqual(withoutTime(wanted));
    expect(readFileSync(stopped)).toEqual(readFileSync(whole));
  });

  it("begins a rule whose first phase is in silico with a checkpoint of that", async () => {
    const file = inFolder("in-silico.ckpt");
    await result(short("--rule", "in-silico", "--checkpoint", file));
    const before = readFileSync(file);
    const refitted = await result(short("--rule", "readout-refit", "--resume", file, "--checkpoint", inFolder("refit.ckpt")));
    expect(withoutTime(refitted)).toEqual(withoutTime(await result(short("--rule", "readout-refit"))));
    expect(readFileSync(file)).toEqual(before);
  });

  it("follows another loss, and stops a phase early with the parameters of its best epoch", async () => {
    const early = (loss: string): Promise<Record<string, unknown>> =>
      result(short("--loss", loss, "--early-stop", "1", "--epochs", "40", "--rule", "in-silico"));
    const [hinge, entropy] = [await early("hinge"), await early("cross-entropy")];
    for (const trained of [hinge, entropy]) {
      expect(trained).toMatchObject({ epochs: 40, skippedSteps: 0 });
      expect((trained["steps"] as number) % 33).toBe(0);
      expect(trained["steps"]).toBeLessThan(40 * 33);
      expect(trained["twinAccuracy"]).toBeGreaterThan(0.5);
    }
    expect(hinge["twinAccuracy"]).not.toBe(entropy["twinAccuracy"]);
  });

  it("takes a model made in PyTorch for the twin", async () => {
    const vowels = ["train", "vowel-formants", "--system", "shg", "--rule", "in-silico", "--epochs", "60", "--json"];
    const [own, drawn] = [await result([...vowels, "--twin", torchTwin]), await result(vowels)];
    expect(own).toMatchObject({ steps: drawn["steps"], parameters: drawn["parameters"], gap: drawn["gap"], skippedSteps: 0 });
    expect(own["twinAccuracy"]).toBeGreaterThan(0.5); // of ten vowels: it was learned through the model
    expect(own["twinAccuracy"]).not.toBe(drawn["twinAccuracy"]);
  });
});

describe("ohmwork twin fit", () => {
  it("makes a twin that a training takes", async () => {
    const out = inFolder("fitted.onnx");
    const few = ["--pairs", "2000", "--steps", "400", "--hidden", "16"];
    const fitted = await result(["twin", "fit", "--system", "plate", ...few, "--out", out, "--json"]);
    expect(fitted).toMatchObject({
      schema: "ohmwork.twin/1",
      system: "plate",
      pairs: 2000,
      hidden: [16],
      bytes: statSync(out).size,
    });
    expect(fitted["error"]).toBeLessThan(0.6);
    const trained = await result(["train", "digits", "--system", "plate", "--epochs", "2", "--twin", out, "--json"]);
    expect(trained["testAccuracy"]).toBeGreaterThan(0.3);
  });
});
