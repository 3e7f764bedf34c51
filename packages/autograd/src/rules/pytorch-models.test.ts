import { readdir, readFile } from "node:fs/promises";
import { createRandom } from "@ohmwork/core";
import { expect, it } from "vitest";
import { loadModel } from "../onnx/load-model.ts";
import { sizeOf, tensor } from "../tensor.ts";
import { checkDirections } from "../testing/directional-check.ts";

const folder = new URL("../onnx/pytorch/", import.meta.url);
// Of any number of rows, with the shapes in between worked out by the models themselves.
const files = (await readdir(folder)).filter((name) => /^(attention|elementwise|mlp|norms|pictures|sound)-.*\.onnx$/.test(name));

it("models exported from PyTorch are there", () => {
  expect(files).toHaveLength(13);
});

it.each(files)("%s has the gradients that differences have, for any number of rows", async (name) => {
  const graph = loadModel(await readFile(new URL(name, folder)));
  const [input] = graph.inputs;
  for (const rows of [1, 3]) {
    const shape = (input?.shape ?? []).map((size) => (size === "batch" ? rows : Number(size)));
    const random = createRandom(rows, name);
    const x = tensor(
      "float32",
      shape,
      Array.from({ length: sizeOf(shape) }, () => random.normal()),
    );
    expect(await checkDirections(graph, "y", { x })).toEqual({ kind: "agrees" });
  }
});
