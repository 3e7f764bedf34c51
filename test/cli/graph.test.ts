import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBuilder, encodeModel, loadModel, numbersOf, type Tensor, tensor } from "@ohmwork/autograd";
import { openOnnxRuntime } from "@ohmwork/runtime";
import { afterAll, describe, expect, it } from "vitest";
import { runOhmwork } from "./run-ohmwork.ts";

const folder = mkdtempSync(join(tmpdir(), "ohmwork-graph-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** `loss` is the sum of the squares of `p` = x·w; nobody has a gradient of `rounded`. */
function model(): string {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["batch", 2]);
  const w = builder.constant(tensor("float32", [2, 2], [1, 2, 3, 4]), "w");
  const product = builder.matMul(x, w);
  const loss = builder.reduceSum(builder.mul(product, product));
  const rounded = builder.op("NonZero", [product]);
  const file = join(folder, "model.onnx");
  writeFileSync(file, encodeModel(builder.build({ name: "squares", outputs: { loss, p: product, rounded } })));
  return file;
}

async function run(file: string, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  const runtime = await openOnnxRuntime({ threads: 1 });
  await using session = await runtime.load(readFileSync(file));
  const answers = await session.run(feeds);
  return Object.fromEntries(Object.entries(answers).map(([name, value]) => [name, numbersOf(value)]));
}

describe("ohmwork graph", () => {
  it("lists what a model is made of", async () => {
    const { code, out, err } = await runOhmwork(["graph", model()]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^squares: \d+ nodes, 4 parameters\ninputs\n {2}x {2}float32\[batch, 2\]\nconstants\n {2}w {2}float32\[2, 2\] {2}4\n/,
    );
    expect(out).toMatch(/float32\[batch, 2\] += {2}MatMul\(x, w\)\n/);
    expect(out).toMatch(/outputs\n {2}loss +float32\[\]\n {2}p +float32\[batch, 2\]\n/);
  });

  it("prints one line of JSON", async () => {
    const { code, out } = await runOhmwork(["graph", model(), "--json"]);
    expect(code).toBe(0);
    expect(out.trimEnd()).not.toContain("\n");
    const result = JSON.parse(out) as { nodes: { op: string }[] };
    expect(result).toMatchObject({
      schema: "ohmwork.graph/1",
      system: "model.onnx",
      parameters: 4,
      inputs: [{ name: "x", type: "float32", shape: ["batch", 2] }],
      constants: [{ name: "w", type: "float32", shape: [2, 2] }],
    });
    expect(result.nodes.find(({ op }) => op === "MatMul")).toMatchObject({ outputs: [{ type: "float32", shape: ["batch", 2] }] });
  });
});

describe("ohmwork differentiate", () => {
  it("writes a model with the gradients", async () => {
    const out = join(folder, "grad.onnx");
    const done = await runOhmwork(["differentiate", model(), "--of", "loss", "--by", "x, w", "--out", out, "--json"]);
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(done.out)).toMatchObject({
      schema: "ohmwork.differentiate/1",
      of: "loss",
      by: ["x", "w"],
      inputs: ["x"],
      outputs: ["loss", "p", "rounded", "grad_x", "grad_w"],
    });
    const answers = await run(out, { x: tensor("float32", [1, 2], [1, -1]) });
    // p = [-2, -2], so the loss is 8, its gradient by p is 2 p, by x that times wᵀ, by w xᵀ times that.
    expect(answers).toMatchObject({ loss: [8], p: [-2, -2], grad_x: [-12, -28], grad_w: [-4, -4, 4, 4] });
  });

  it("takes the cotangent as an input for the vector-Jacobian form, and replaces what was there", async () => {
    const out = join(folder, "vjp.onnx");
    writeFileSync(out, "old");
    const done = await runOhmwork(["differentiate", model(), "--of", "p", "--by", "x", "--vjp", "--out", out]);
    expect(done).toMatchObject({ code: 0, err: "", out: expect.stringContaining("x, cotangent_p → loss, p, rounded, grad_x") });
    const feeds = { x: tensor("float32", [1, 2], [1, -1]), cotangent_p: tensor("float32", [1, 2], [1, 10]) };
    expect(await run(out, feeds)).toMatchObject({ grad_x: [21, 43] });
    expect(loadModel(readFileSync(out)).inputs.map(({ name }) => name)).toEqual(["x", "cotangent_p"]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  const write = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const asked = (of: string, by: string, file = model(), out = join(folder, "none.onnx")): string[] => [
    "differentiate",
    file,
    "--of",
    of,
    "--by",
    by,
    "--out",
    out,
  ];
  const cases: Record<string, [args: () => string[], message: RegExp]> = {
    "a model that is not there": [() => ["graph", join(folder, "gone.onnx")], /gone\.onnx: No such file$/],
    "a folder": [() => ["graph", folder], /Is a folder, expected a file$/],
    text: [() => ["graph", write("text.onnx", "not a model")], /text\.onnx: Model is corrupt or not ONNX: /],
    "half a model": [() => ["graph", write("half.onnx", readFileSync(model()).subarray(0, 100))], /half\.onnx: Model is corrupt/],
    "no output to differentiate": [() => ["differentiate", model(), "--by", "x", "--out", "y.onnx"], /--of/],
    "an output it does not have": [
      () => asked("lss", "x"),
      /model\.onnx: No output "lss" in the graph: it has loss, p, rounded$/,
    ],
    "an input it does not have": [() => asked("loss", "x,v"), /model\.onnx: No input "v" in the graph: it has x, w$/],
    "an empty name": [() => asked("loss", "x,,w"), /--by is "x,,w", expected names with commas between them$/],
    "an output of many numbers": [() => asked("p", "x"), /Output "p" \[batch, 2\] must have one element/],
    "an output without a gradient": [() => asked("rounded", "x"), /No gradient for "rounded": it is of type int64$/],
    "a folder that is not there": [
      () => asked("loss", "x", model(), join(folder, "no", "grad.onnx")),
      /grad\.onnx: No such folder$/,
    ],
    "a folder in place of the result": [
      () => {
        mkdirSync(join(folder, "folder.onnx"), { recursive: true });
        return asked("loss", "x", model(), join(folder, "folder.onnx"));
      },
      /folder\.onnx: Is a folder$/,
    ],
  };
  for (const [what, [args, message]] of Object.entries(cases)) {
    it(`refuses ${what} in one line, and writes nothing`, async () => {
      const { code, out, err } = await runOhmwork(args());
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err.trimEnd()).toMatch(message);
      expect(err.trimEnd()).not.toContain("\n");
      expect(readdirSync(folder).filter((name) => /\.part$|^none/.test(name))).toEqual([]);
    });
  }
});
