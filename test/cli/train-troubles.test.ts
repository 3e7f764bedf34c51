import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createBuilder, encodeModel, tensor } from "@ohmwork/autograd";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FakeCall, fakeNgspice } from "./fake-ngspice.ts";
import { type Finished, finished, startOhmwork } from "./run-ohmwork.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-troubles-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);
const [deck, twin] = [inFolder("deck.cir"), inFolder("twin.onnx")];

beforeAll(() => {
  writeFileSync(deck, "Sum and difference\n.param a=0\n.param b=0\n.op\n.end\n");
  const volts = { unit: "V", min: -2, max: 2 };
  const inputs = ["a", "b"].map((name) => ({ name, parameter: name, ...volts }));
  const outputs = ["sum", "difference"].map((name) => ({ name, vector: `v(${name})`, ...volts }));
  writeFileSync(inFolder("deck.json"), JSON.stringify({ inputs, parameters: [], outputs }));
  const g = createBuilder();
  const mixed = g.matMul(g.input("drive", "float32", ["rows", 2]), g.constant(tensor("float32", [2, 2], [1, 1, 1, -1])));
  writeFileSync(twin, encodeModel(g.build({ outputs: { answer: g.tanh(mixed) } })));
});

/**
 * Physics-Aware Training of two steps an epoch, or three of 96 rows, on the fake: its calls 0 and 1 set the fixed numbers of layers, step s
 * makes two from 2 + 2 s on, and after the last the validation and the test rows three a pass, of two passes each.
 */
function trainOn(name: string, at: (call: number) => FakeCall, more: readonly string[] = []): Promise<Finished> {
  const path = fakeNgspice(inFolder(name), at);
  const words = [
    "train",
    "digits",
    "--system",
    "spice",
    "--deck",
    deck,
    "--twin",
    twin,
    "--rows",
    "64",
    "--epochs",
    "2",
    "--json",
  ];
  return finished(startOhmwork([...words, ...more], { env: { PATH: `${path}${delimiter}${process.env["PATH"]}` } }));
}

const resultIn = ({ code, out, err }: Finished): Record<string, unknown> => {
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  return { ...(JSON.parse(out) as Record<string, unknown>), seconds: 0 };
};

describe.skipIf(process.platform === "win32")("ohmwork train, when its device has troubles,", () => {
  it("leaves out steps without numbers, loses rows without them, makes failed calls again, and counts all three", async () => {
    const trained = resultIn(
      await trainOn("now and then", (call) => (call === 3 ? "fail" : [5, 8, 14].includes(call) ? "odd" : "answer")),
    );
    // Call 4 is call 3 again: of four steps the second and the third have an odd measurement, and of the validation rows one.
    expect(trained).toMatchObject({ steps: 4, skippedSteps: 2, retriedCalls: 1, lostRows: 1 });
    expect(trained["testAccuracy"]).toBeGreaterThan(0);
  });

  it("stops in one line when too many steps in a row have no numbers", async () => {
    const file = inFolder("odd.ckpt");
    const more = ["--epochs", "30", "--checkpoint", file];
    const { code, out, err } = await trainOn("odd", (call) => (call < 2 ? "answer" : "odd"), more);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.trimEnd().split("\n").slice(-2)).toEqual([
      `State of the training: ${file}; to go on, the same command with --resume ${file}`,
      "Training stopped: 20 steps in a row gave no finite loss and gradient, the last at step 20",
    ]);
  });

  it("keeps its state when a device fails for good in an epoch, and goes on from there to the same bits", async () => {
    const [file, never] = [inFolder("failed.ckpt"), (): FakeCall => "answer"];
    const rows = ["--rows", "96"];
    const whole = resultIn(await trainOn("never", never, rows));
    const failing = (call: number): FakeCall => (call >= 10 && call <= 12 ? "fail" : "answer");
    const { code, out, err } = await trainOn("for good", failing, [...rows, "--checkpoint", file]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.trimEnd().split("\n").slice(-2)).toEqual([
      `State of the training: ${file}; to go on, the same command with --resume ${file}`,
      "Training stopped at step 5: the device failed 3 times, the last time with: ngspice found no answer: Error: the matrix is singular",
    ]);
    expect(resultIn(await trainOn("never", never, [...rows, "--resume", file]))).toEqual(whole);
  });

  it("says in one line which netlist has no end", async () => {
    const { code, out, err } = await trainOn("hangs", () => "hang", ["--deck-seconds", "0.1"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.trimEnd().split("\n").at(-1)).toBe(
      `Training stopped before its first step: the device failed 3 times, the last time with: An answer of ngspice to ${deck} did not happen within 0.1 s`,
    );
  });
});
