import { bindOnnxRuntime, type GraphRuntime, type OnnxRuntimeModule, type OnnxRuntimeOptions } from "@ohmwork/autograd";
import { OhmworkError } from "@ohmwork/core";

/** ONNX Runtime could not be started on this machine. */
export class RuntimeMissingError extends OhmworkError<{ platform: string }> {
  readonly code = "runtime-missing";
}

/**
 * ONNX Runtime as this machine has it, loaded when it is first asked for.
 *
 * @throws RuntimeMissingError when there is no library of it for this machine
 */
export async function openOnnxRuntime(options: OnnxRuntimeOptions = {}): Promise<GraphRuntime> {
  return bindOnnxRuntime(await importOnnxRuntime(), options);
}

async function importOnnxRuntime(): Promise<OnnxRuntimeModule> {
  const platform = `${process.platform} ${process.arch}`;
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    throw new RuntimeMissingError(`ONNX Runtime cannot be loaded on ${platform}: ${reason}`, { platform }, { cause });
  }
}
