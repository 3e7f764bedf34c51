import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Tensor } from "@ohmwork/autograd";
import type { Stretch } from "./step-case.ts";

/** Debian's Python, which has python3-torch; another one on the PATH would not. */
const python = "/usr/bin/python3";

export type TorchTraining = {
  readonly steps: (count: number) => Promise<Stretch>;
  readonly parameters: () => Promise<Float32Array>;
};

/** PyTorch in a process of its own, which does what it is told and nothing in between. */
export type Torch = AsyncDisposable & {
  readonly version: string;
  /** File names of the library behind its matrix products. */
  readonly blas: string;
  readonly make: (request: Readonly<Record<string, unknown>>) => Promise<TorchTraining>;
};

export function hasTorch(): boolean {
  return spawnSync(python, ["-c", "import torch, numpy"], { stdio: "ignore" }).status === 0;
}

/** @throws Error when the process ends before it answers */
export async function startTorch(threads: number): Promise<Torch> {
  const child = spawn(python, ["-u", `${import.meta.dirname}/pytorch_side.py`], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async <T>(request: Readonly<Record<string, unknown>>): Promise<T> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done === true) throw new Error(`PyTorch ended before it answered "${String(request["do"])}"`);
    return JSON.parse(value) as T;
  };
  const { version, blas } = await ask<{ version: string; blas: string }>({ do: "open", threads });
  return {
    version,
    blas,
    async make(request) {
      const sent = Object.entries(request).map(([name, value]): [string, unknown] => [
        name,
        isTensor(value) ? packed(value) : value,
      ]);
      const { training } = await ask<{ training: number }>({ ...Object.fromEntries(sent), do: "make" });
      return {
        steps: (count) => ask<Stretch>({ do: "steps", training, count }),
        async parameters() {
          const { data } = await ask<{ data: string }>({ do: "parameters", training });
          return new Float32Array(Uint8Array.from(Buffer.from(data, "base64")).buffer);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}

function packed({ type, shape, data }: Tensor): object {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return { type, shape, data: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64") };
}
