import type { InferenceSession, InferenceSessionFactory, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import { GraphError } from "./graph-error.ts";
import type { GraphRuntime, GraphSession } from "./runtime.ts";
import type { ElementType, Tensor } from "./tensor.ts";

/** What is needed of onnxruntime-node or onnxruntime-web: the module itself fits. */
export type OnnxRuntimeModule = { readonly InferenceSession: InferenceSessionFactory; readonly Tensor: TensorConstructor };

/** How sessions run; what is left out is as the runtime has it. */
export type OnnxRuntimeOptions = {
  /** Threads one operation may spread over; the runtime takes one for each core. */
  readonly threads?: number | undefined;
  /** How far the runtime rewrites a graph before it runs it. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all" | undefined;
};

const elementTypes: ReadonlySet<string> = new Set<ElementType>([
  "float32",
  "float64",
  "float16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
  "string",
]);

/** A runtime for graphs made of ONNX Runtime, whichever build of it is at hand. */
export function bindOnnxRuntime(ort: OnnxRuntimeModule, options: OnnxRuntimeOptions = {}): GraphRuntime {
  const { threads, optimization } = options;
  const sessionOptions: InferenceSession.SessionOptions = {
    // What goes wrong is thrown, and need not be printed as well.
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    ...(optimization === undefined ? {} : { graphOptimizationLevel: optimization }),
  };
  return {
    load: async (model) => {
      let session: InferenceSession;
      try {
        session = await ort.InferenceSession.create(model, sessionOptions);
      } catch (error) {
        throw failed("ONNX Runtime cannot load the model", error);
      }
      return openSession(ort, session);
    },
  };
}

function openSession(ort: OnnxRuntimeModule, session: InferenceSession): GraphSession {
  const inputs = [...session.inputNames];
  const outputs = [...session.outputNames];
  let isOpen = true;
  return {
    inputs,
    outputs,
    run: async (feeds, fetches = outputs) => {
      if (!isOpen) throw new TypeError("Session was disposed and cannot run");
      const missing = inputs.find((name) => feeds[name] === undefined);
      if (missing !== undefined) throw new GraphError(`Input "${missing}" is missing`);
      const unknown = fetches.find((name) => !outputs.includes(name));
      if (unknown !== undefined) throw new GraphError(`Graph has no output "${unknown}": it has ${outputs.join(", ")}`);
      const given = Object.fromEntries(inputs.map((name) => [name, toOrt(ort, name, feeds[name] as Tensor)]));
      let results: InferenceSession.ReturnType;
      try {
        results = await session.run(given, fetches);
      } catch (error) {
        throw failed("ONNX Runtime cannot run the graph", error);
      }
      return Object.fromEntries(fetches.map((name) => [name, fromOrt(name, results[name])]));
    },
    [Symbol.asyncDispose]: async () => {
      if (!isOpen) return;
      isOpen = false;
      await session.release();
    },
  };
}

function toOrt(ort: OnnxRuntimeModule, name: string, { type, shape, data }: Tensor): OrtTensor {
  try {
    // onnxruntime-node 1.30 takes half floats only as their bits, while the constructor makes a Float16Array of those.
    if (type === "float16") return Object.assign(new ort.Tensor("uint16", data as Uint16Array, shape), { type });
    // The union of all pairs of type and array, of which the constructor takes one at a time and checks it.
    return new ort.Tensor(type as "float32", data as Float32Array, shape);
  } catch (error) {
    throw failed(`Input "${name}" of type ${type} and shape [${shape.join(", ")}] does not fit its data`, error);
  }
}

function fromOrt(name: string, value: OrtTensor | undefined): Tensor {
  if (value === undefined || !elementTypes.has(value.type)) {
    throw new GraphError(`Output "${name}" is of type ${value?.type ?? "none"}, which is not supported`);
  }
  const type = value.type as ElementType;
  const { data, dims } = value;
  return { type, shape: [...dims], data: type === "float16" ? bitsOf(data as unknown as Uint16Array) : data };
}

// Where the engine has an array for half floats, the runtime gives that.
function bitsOf(halves: Uint16Array): Uint16Array {
  return new Uint16Array(halves.buffer, halves.byteOffset, halves.length);
}

function failed(what: string, cause: unknown): GraphError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ").trim();
  return new GraphError(`${what}: ${reason.replace(/\.$/, "")}`, {}, { cause });
}
