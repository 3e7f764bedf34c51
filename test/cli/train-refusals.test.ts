import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBuilder, encodeModel } from "@ohmwork/autograd";
import { afterAll, describe, expect, it } from "vitest";
import { runOhmwork } from "./run-ohmwork.ts";
import { result, short } from "./train-runs.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-refusals-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);
const torchTwin = join(import.meta.dirname, "torch/own-twin.onnx");

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
  /** The state of a training in silico of seed 1, made once. */
  let made: Promise<string> | undefined;
  const inSilico = (): Promise<string> => {
    const file = inFolder("in-silico.ckpt");
    made ??= result(short("--rule", "in-silico", "--checkpoint", file)).then(() => file);
    return made;
  };
  const cases: Record<string, [args: () => string[] | Promise<string[]>, message: RegExp]> = {
    "an unknown task": [() => ["train", "digit"], /Unknown command "digit", did you mean digits\?/],
    "an unknown system": [() => ["train", "digits", "--system", "plat"], /Unknown system "plat", did you mean "plate"\?/],
    "an unknown rule": [() => ["train", "digits", "--rule", "pad"], /Unknown rule "pad", did you mean "pat"\?/],
    "an unknown digital part": [
      () => short("--rule", "digital", "--digital", "lineal"),
      /Unknown digital part "lineal", did you mean "linear"\?/,
    ],
    "an unknown loss": [
      () => short("--loss", "l1"),
      /Unknown loss "l1", expected one of cross-entropy, mean-squared-error, hinge/,
    ],
    "levels of what has none": [
      () => short("--levels", "projection"),
      /Levels "projection" are only of parameters that take positions: this system has none/,
    ],
    "a limit of a system without ngspice": [
      () => short("--deck-seconds", "5"),
      /Option --deck-seconds is only of the system spice, "5" given/,
    ],
    "a gap below nothing": [() => short("--gap", "-1"), /--gap is "-1", expected a number from 0 to 100/],
    "fewer rows than a batch": [() => short("--rows", "20"), /20 training rows fill no batch of 32/],
    "clothes that are not there": [() => ["train", "fashion"], /Fashion-MNIST does not come along: expected --data/],
    "a folder without digits": [() => short("--data", folder), /train-images-idx3-ubyte\.gz: No such file/],
    "vowels that are not there": [() => ["train", "vowel-formants", "--data", inFolder("none.csv")], /none\.csv: No such file/],
    "a checkpoint that is none": [() => short("--resume", text()), /text\.bin: Not a checkpoint of a training, or cut short/],
    "a checkpoint of another seed": [
      async () => short("--seed", "2", "--resume", await inSilico(), "--rule", "in-silico"),
      /in-silico\.ckpt: Checkpoint is of seed 1, this training of 2/,
    ],
    "a checkpoint of another rule": [
      async () => short("--resume", await inSilico()),
      /in-silico\.ckpt: Checkpoint is of rule in-silico, this training of pat/,
    ],
    "a checkpoint of another loss": [
      async () => short("--rule", "in-silico", "--loss", "hinge", "--resume", await inSilico()),
      /in-silico\.ckpt: Checkpoint is of loss as is usual, this training of hinge/,
    ],
    "a checkpoint over something else": [
      () => short("--checkpoint", text()),
      /text\.bin: Not a checkpoint of a training, which would be lost: expected another name/,
    ],
    "a checkpoint over what is no file": [() => short("--checkpoint", "/dev/null"), /null: Not a checkpoint of a training/],
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
      const { code, out, err } = await runOhmwork(await args());
      expect(err.trimEnd().split("\n").at(-1)).toMatch(message);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).not.toContain("    at ");
    });
  }
});
