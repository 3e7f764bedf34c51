import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createBuilder, encodeModel, tensor } from "@ohmwork/autograd";
import { describe, expect, it } from "vitest";
import { openOnnxRuntime } from "./open-onnx-runtime.ts";

describe("openOnnxRuntime", () => {
  it("runs graphs", async () => {
    const builder = createBuilder();
    const x = builder.input("x", "float32", ["n"]);
    const model = encodeModel(builder.build({ outputs: { y: builder.mul(x, x) } }));
    const runtime = await openOnnxRuntime({ threads: 1 });
    await using session = await runtime.load(model);
    expect(await session.run({ x: tensor("float32", [2], [2, -3]) })).toEqual({ y: tensor("float32", [2], [4, 9]) });
  });

  it("says in one line that the library is not there", async () => {
    // Another architecture is another folder of the package, in which there is nothing.
    const program = `
      Object.defineProperty(process, "arch", { value: "s390x" });
      const { openOnnxRuntime } = await import(${JSON.stringify(pathToFileURL(`${import.meta.dirname}/open-onnx-runtime.ts`).href)});
      await openOnnxRuntime().catch((error) => console.log(error.code, error.message));
    `;
    const args = ["--conditions=@ohmwork/source", "--input-type=module", "--eval", program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/^runtime-missing ONNX Runtime cannot be loaded on \w+ s390x: Cannot find module .*\n$/);
  });
});
