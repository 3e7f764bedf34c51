import { createBuilder, encodeModel, type Graph, inline, loadModel, unroll, type Value } from "@ohmwork/autograd";
import { BadInputError, OhmworkError, type PhysicalSystem, type Stage, widthOf } from "@ohmwork/core";
import { createTwin, type Twin } from "@ohmwork/systems";

/**
 * Any ONNX model as the twin of a device: its first input takes the device's inputs [rows, n], its second the parameters [p]
 * if the device has any, and its one output is what the device's output is. What they are called does not matter.
 *
 * @throws BadInputError in one line, with the file's name, when it is not such a model
 */
export async function ownTwin(bytes: Uint8Array, file: string, device: PhysicalSystem): Promise<Twin> {
  const stage = device.stages.at(-1) as Stage;
  const fail = (problem: string, cause?: unknown): never => {
    throw new BadInputError(`${file}: ${problem}`, { where: file }, { cause });
  };
  try {
    return await createTwin(encodeModel(adopted(loadModel(bytes), device, stage, fail)), stage.name);
  } catch (error) {
    if (error instanceof OhmworkError && !(error instanceof BadInputError)) return fail(error.message, error);
    throw error;
  }
}

function adopted(graph: Graph, device: PhysicalSystem, stage: Stage, fail: (problem: string) => never): Graph {
  const [n, p] = [widthOf(device.ports.inputs), widthOf(device.ports.parameters)];
  const wanted = p === 0 ? `1 of inputs [rows, ${n}]` : `2, of inputs [rows, ${n}] and parameters [${p}]`;
  const [first, second] = graph.inputs;
  if (first === undefined || graph.inputs.length !== (p === 0 ? 1 : 2)) {
    return fail(`Model has ${graph.inputs.length} inputs (${names(graph.inputs)}), the twin of this device needs ${wanted}`);
  }
  const [output] = graph.outputs;
  if (output === undefined || graph.outputs.length > 1)
    return fail(`Model has ${graph.outputs.length} outputs (${names(graph.outputs)}), a twin needs 1`);
  if (typeof first.shape?.[0] === "number")
    fail(
      `Model takes ${first.shape[0]} rows at a time, a twin any number: name the first size when you export it (dynamic_axes in PyTorch)`,
    );
  const b = createBuilder();
  const inputs = b.input("inputs", "float32", ["rows", n]);
  const own = second === undefined ? {} : { [second.name]: b.input("parameters", "float32", [p]) };
  const answer = inline(b, graph, { [first.name]: inputs, ...own })[output.name] as Value;
  const { type, shape } = answer;
  if (type !== "float32" || shape?.length !== 2 || (typeof shape[1] === "number" && shape[1] !== stage.width)) {
    fail(`Model gives ${type} [${shape?.join(", ") ?? "…"}], the twin of this device float32 [rows, ${stage.width}]`);
  }
  // The gradient passes through a recurrent model only step by step.
  return unroll(b.build({ outputs: { [stage.name]: answer } }));
}

const names = (values: readonly Value[]): string => values.map(({ name }) => name).join(", ");
