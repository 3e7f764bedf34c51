import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createBuilder } from "../builder.ts";
import { numbersOf, tensor } from "../tensor.ts";
import { testRuntime } from "../testing/index.ts";
import { encodeModel } from "./encode-model.ts";
import { loadModel } from "./load-model.ts";

type Answer = { readonly shape: readonly number[]; readonly data: readonly number[] };

const folder = join(import.meta.dirname, "pytorch");
const answers = JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")) as Record<
  string,
  { readonly files: readonly string[]; readonly x: Answer; readonly y: Answer }
>;

// PyTorch computed the answers itself, by no ONNX: export_models.py made them.
describe("models exported from PyTorch", () => {
  for (const [file, { x, y }] of Object.values(answers).flatMap((entry) => entry.files.map((name) => [name, entry] as const))) {
    it(`${file} answers as PyTorch does`, async () => {
      const graph = loadModel(readFileSync(join(folder, file)));
      expect(loadModel(encodeModel(graph))).toEqual(graph);
      await using session = await testRuntime.load(encodeModel(graph));
      const found = (await session.run({ x: tensor("float32", x.shape, x.data) }))["y"];
      expect(found?.shape).toEqual(y.shape);
      const gap = numbersOf(found ?? tensor("float32", [0], [])).map((value, i) => Math.abs(value - (y.data[i] ?? Number.NaN)));
      expect(Math.max(...gap)).toBeLessThan(2e-6);
    });

    it(`${file} has shapes that agree`, () => {
      const builder = createBuilder(loadModel(readFileSync(join(folder, file))));
      expect(builder.value("y").shape).toHaveLength(y.shape.length);
    });
  }
});
