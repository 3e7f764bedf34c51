import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBuilder, encodeModel } from "@ohmwork/autograd";
import { afterAll, describe, expect, it } from "vitest";
import { finished, hasSaid, runOhmwork, startOhmwork } from "./run-ohmwork.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-train-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);
const torchTwin = join(import.meta.dirname, "torch/own-twin.onnx");

/** A short training of the optical bench. */
const short = (...more: string[]): string[] => ["train", "digits", "--system", "shg", "--epochs", "3", "--json", ...more];

async function result(args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await runOhmwork(args);
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  expect(out.trimEnd()).not.toContain("\n");
  return JSON.parse(out) as Record<string, unknown>;
}

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
    await hasSaid(child, "pat: "); // a first report, behind which its state is written
    child.kill("SIGINT");
    const { code, out, err } = await ended;
    expect({ code, out }).toEqual({ code: 130, out: "" });
    expect(err).toContain(`State of the training: ${stopped}`);
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

describe("ohmwork train table", () => {
  it("does what is missing, and nothing twice", async () => {
    const out = inFolder("table.json");
    const table = ["train", "table", "--only", "digits-8x8/shg/digital/linear", "--epochs", "1", "--jobs", "2", "--out", out];
    const first = await runOhmwork(table);
    expect(first).toMatchObject({ code: 0, out: `${out}: 3 trainings, as a table in ${inFolder("table.md")}\n` });
    const kept = readFileSync(out, "utf8");
    const { runs } = JSON.parse(kept) as { runs: { key: string; testAccuracy: number }[] };
    expect(runs.map(({ key }) => key)).toEqual([1, 2, 3].map((seed) => `digits-8x8/shg/digital/linear/${seed}`));
    const shares = runs.map(({ testAccuracy }) => 100 * testAccuracy);
    const ends = [Math.min(...shares), Math.max(...shares)].map((share) => share.toFixed(1)).join("–");
    expect(readFileSync(inFolder("table.md"), "utf8")).toContain(`linear: `);
    expect(readFileSync(inFolder("table.md"), "utf8")).toContain(`(${ends})`);
    expect(await runOhmwork(table)).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(out, "utf8")).toBe(kept);
    const other = await runOhmwork(table.with(table.indexOf("--epochs") + 1, "2"));
    expect(other).toMatchObject({ code: 2, err: `${out}: Results of epochs 1, expected of epochs 2\n` });
  });
});

describe("ohmwork train refuses in one line", () => {
  const model = (rows: number | string, width: number): string => {
    const g = createBuilder();
    const out = g.tanh(g.input("x", "float32", [rows, width]));
    const file = inFolder(`model-${rows}-${width}.onnx`);
    writeFileSync(file, encodeModel(g.build({ outputs: { out } })));
    return file;
  };
  const text = (): string => {
    writeFileSync(inFolder("text.bin"), "no such thing");
    return inFolder("text.bin");
  };
  const plate = ["train", "digits", "--system", "plate", "--twin"];
  const cases: Record<string, [args: () => string[], message: RegExp]> = {
    "an unknown task": [() => ["train", "digit"], /Unknown command "digit", did you mean digits\?/],
    "an unknown system": [() => ["train", "digits", "--system", "plat"], /Unknown system "plat", did you mean "plate"\?/],
    "an unknown rule": [() => ["train", "digits", "--rule", "pad"], /Unknown rule "pad", did you mean "pat"\?/],
    "an unknown digital part": [
      () => short("--rule", "digital", "--digital", "lineal"),
      /Unknown digital part "lineal", did you mean "linear"\?/,
    ],
    "a gap below nothing": [() => short("--gap", "-1"), /--gap is "-1", expected a number from 0 to 100/],
    "fewer rows than a batch": [() => short("--rows", "20"), /20 training rows fill no batch of 32/],
    "clothes that are not there": [() => ["train", "fashion"], /Fashion-MNIST does not come along: expected --data/],
    "a folder without digits": [() => short("--data", folder), /train-images-idx3-ubyte\.gz: No such file/],
    "vowels that are not there": [() => ["train", "vowel-formants", "--data", inFolder("none.csv")], /none\.csv: No such file/],
    "a checkpoint that is none": [() => short("--resume", text()), /text\.bin: Not a checkpoint of a training, or cut short/],
    "a checkpoint of another seed": [
      () => short("--seed", "2", "--resume", inFolder("in-silico.ckpt"), "--rule", "in-silico"),
      /in-silico\.ckpt: Checkpoint is of seed 1, this training of 2/,
    ],
    "a checkpoint of another rule": [
      () => short("--resume", inFolder("in-silico.ckpt")),
      /in-silico\.ckpt: Checkpoint is of rule in-silico, this training of pat/,
    ],
    "a checkpoint where nothing can be written": [
      () => short("--checkpoint", inFolder("no/such.ckpt")),
      /such\.ckpt: No such folder/,
    ],
    "a twin that is no model": [() => [...plate, text()], /text\.bin: Model is corrupt or not ONNX/],
    "a twin of another width": [
      () => [...plate, model("rows", 12)],
      /model-rows-12\.onnx: Input "x" .* must be float32 \[rows, 12\]: float32 \[rows, 392\] given/,
    ],
    "a twin of so many rows": [() => [...plate, model(7, 392)], /Model takes 7 rows at a time, a twin any number/],
    "a twin with a parameter too many": [
      () => [...plate, torchTwin],
      /Model has 2 inputs \(drive, setting\), the twin of this device needs 1 of inputs \[rows, 392\]/,
    ],
    "one twin for two devices": [
      () => ["train", "digits", "--twin", torchTwin],
      /A twin of your own takes the place of one: this system has 2 \(first, second\)/,
    ],
    "a deck that is not there": [
      () => ["train", "digits", "--system", "spice", "--deck", inFolder("none.cir")],
      /none\.cir: No such file/,
    ],
    "an option that nothing reads": [
      () => short("--digital", "linear"),
      /Option --digital is only of the rule digital, "linear" given/,
    ],
    "a netlist of a system without one": [() => short("--deck", "my.cir"), /Option --deck is only of the system spice/],
    "a twin where there is no physics": [
      () => short("--rule", "digital", "--twin", "as-made"),
      /Option --twin is only of rules with physics, "as-made" given/,
    ],
    "a fitted twin for no folder": [
      () => ["twin", "fit", "--system", "plate", "--out", inFolder("none/twin.onnx")],
      /none\/twin\.onnx: No such folder/,
    ],
    "a table for no folder": [
      () => ["train", "table", "--out", inFolder("none/table.json")],
      /none\/table\.json: No such folder/,
    ],
    "a table of data that are not there": [
      () => ["train", "table", "--out", inFolder("other.json"), "--data", inFolder("none")],
      /none\/train-images-idx3-ubyte\.gz: No such file/,
    ],
    "a part of a table without its data": [
      () => ["train", "table", "--out", inFolder("other.json"), "--only", "mnist/plate"],
      /No data for "mnist\/plate", expected --data/,
    ],
    "a picture of an unknown system": [
      () => ["train", "picture", "--out", inFolder("plat.svg"), "--system", "plat"],
      /Unknown system "plat", did you mean "plate"\?/,
    ],
    "a picture in no folder": [() => ["train", "picture", "--out", inFolder("none/gap.svg")], /none\/gap\.svg: No such folder/],
    "a table with a name that is none": [() => ["train", "table", "--out", "table.txt"], /expected a name that ends in \.json/],
  };
  for (const [what, [args, message]] of Object.entries(cases)) {
    it(what, async () => {
      const { code, out, err } = await runOhmwork(args());
      expect(err.trimEnd().split("\n").at(-1)).toMatch(message);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).not.toContain("    at ");
    });
  }
});
