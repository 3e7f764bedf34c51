import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bindOnnxRuntime, type GraphRuntime } from "@ohmwork/autograd";
import * as ort from "onnxruntime-node";
import type { StepCase } from "./step-case.ts";

/**
 * Where the time of a step goes on one thread: the least that each node took over some steps, added up by operator. Of a run
 * that takes several steps each has its share.
 */
export type Profile = {
  readonly nodes: number;
  readonly milliseconds: number;
  readonly byOperator: readonly { readonly operator: string; readonly nodes: number; readonly milliseconds: number }[];
  /** Multiplications and additions in matrix products. */
  readonly matrixOperations: number;
};

/** A shape under the name of its type. */
type Shapes = Readonly<Record<string, readonly number[]>>;

type Event = {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name: string;
    readonly input_type_shape: readonly Shapes[];
    readonly output_type_shape: readonly Shapes[];
  };
};

/** A multiple of what goes in one run. */
const STEPS = 16;

/** Runs some steps with ONNX Runtime's own profiler, which adds some 2 µs to every node. */
export async function profile(of: StepCase): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), "ohmwork-profile-"));
  try {
    const sessions: ort.InferenceSession[] = [];
    await using training = await of.start(profilingRuntime(join(folder, "run"), sessions));
    await training.steps(STEPS);
    await training.steps(STEPS);
    for (const session of sessions) session.endProfiling();
    const files = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")));
    return summary(
      files.map((file) => JSON.parse(file) as Event[]),
      2 * STEPS,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

function profilingRuntime(profileFilePrefix: string, sessions: ort.InferenceSession[]): GraphRuntime {
  const create = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions): Promise<ort.InferenceSession> => {
    const session = await ort.InferenceSession.create(model, { ...options, enableProfiling: true, profileFilePrefix });
    sessions.push(session);
    return session;
  };
  return bindOnnxRuntime({ Tensor: ort.Tensor, InferenceSession: { create } as typeof ort.InferenceSession }, { threads: 1 });
}

function summary(files: readonly (readonly Event[])[], steps: number): Profile {
  const least = new Map<string, { operator: string; microseconds: number; operations: number; share: number }>();
  for (const [file, events] of files.entries()) {
    const share = events.filter(({ name }) => name === "model_run").length / steps;
    for (const { cat, name, dur, args } of events) {
      if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
      const node = least.get(`${file} ${name}`);
      if (node !== undefined) node.microseconds = Math.min(node.microseconds, dur);
      else least.set(`${file} ${name}`, { operator: args.op_name, microseconds: dur, operations: operationsOf(args), share });
    }
  }
  const byOperator = Map.groupBy(least.values(), ({ operator }) => operator);
  const totals = [...byOperator].map(([operator, nodes]) => ({
    operator,
    nodes: sum(nodes.map(({ share }) => share)),
    milliseconds: Math.round(sum(nodes.map(({ microseconds, share }) => microseconds * share))) / 1000,
  }));
  return {
    nodes: sum([...least.values()].map(({ share }) => share)),
    milliseconds: Number(sum(totals.map(({ milliseconds }) => milliseconds)).toFixed(3)),
    byOperator: totals.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 12),
    matrixOperations: sum([...least.values()].map(({ operations, share }) => operations * share)),
  };
}

/** 2 M N K of a product of matrices [M, K] and [K, N], turned or not: (M N K)² is the product of all three sizes. */
function operationsOf({ op_name, input_type_shape, output_type_shape }: Event["args"]): number {
  if (!["MatMul", "Gemm", "FusedMatMul", "FusedGemm"].includes(op_name)) return 0;
  const sizes = [...input_type_shape.slice(0, 2), ...output_type_shape].map((entry) =>
    (Object.values(entry)[0] ?? []).reduce((product, length) => product * length, 1),
  );
  return 2 * Math.round(Math.sqrt(sizes.reduce((product, size) => product * size, 1)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
