import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { decodeTensor } from "../onnx/tensor-message.ts";
import type { Tensor } from "../tensor.ts";

/** A model of ONNX's own backend tests. */
export type BackendTest = {
  /** The part of the collection: `node`, `simple`, `pytorch-operator`, `pytorch-converted`. */
  readonly kind: string;
  readonly name: string;
  readonly model: Uint8Array;
  /** The first given inputs and published outputs, in the order of the model's own; undefined for one that is not a tensor held here. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly (Tensor | undefined)[];
};

/** The tests in the archive `data.tar.xz` of Debian's libonnx-testdata; `tar` and `xz` must be there. */
export async function* backendTests(archive: string): AsyncGenerator<BackendTest> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-backend-tests-"));
  try {
    await promisify(execFile)("tar", ["-xJf", archive, "-C", folder]);
    for (const kind of (await readdir(join(folder, "data"))).toSorted()) {
      for (const name of (await readdir(join(folder, "data", kind))).toSorted()) {
        const own = join(folder, "data", kind, name);
        if (!existsSync(join(own, "model.onnx"))) continue;
        const set = join(own, "test_data_set_0");
        const [model, inputs, outputs] = await Promise.all([
          readFile(join(own, "model.onnx")),
          readTensors(set, "input"),
          readTensors(set, "output"),
        ]);
        yield { kind, name, model, inputs, outputs };
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readTensors(folder: string, role: "input" | "output"): Promise<(Tensor | undefined)[]> {
  const tensors: (Tensor | undefined)[] = [];
  for (let i = 0; existsSync(join(folder, `${role}_${i}.pb`)); i++) {
    const bytes = await readFile(join(folder, `${role}_${i}.pb`));
    try {
      tensors.push(decodeTensor(bytes, role).tensor);
    } catch {
      tensors.push(undefined);
    }
  }
  return tensors;
}
