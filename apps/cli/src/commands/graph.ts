import { basename } from "node:path";
import {
  type Attribute,
  countParameters,
  createBuilder,
  type Graph,
  loadModel,
  printGraph,
  type ValueType,
} from "@ohmwork/autograd";
import { OhmworkError } from "@ohmwork/core";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../output.ts";
import { readUserBytes } from "../read-user-file.ts";
import { strictCommand } from "../strict-command.ts";
import { withFile } from "../with-file.ts";

const args = {
  model: { type: "positional", required: true, description: "An ONNX file" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const graph: CommandDef = strictCommand({
  name: "graph",
  description: "What an ONNX model is made of: inputs, constants, operations with their shapes, outputs",
  args,
  run: async ({ model: file, json }) => {
    const bytes = await readUserBytes(file);
    const read = withFile(file, () => loadModel(bytes));
    const output = createOutput(json === true);
    const shown = withTypes(read, (problem) => output.note(`${file}: ${problem}`));
    const header = { schema: "ohmwork.graph/1", version: VERSION, task: "graph", system: basename(file), rule: null, seed: null };
    output.result({ ...header, ...asJson(shown) }, [printGraph(shown)]);
  },
});

/** The graph with the types that follow from its inputs; one whose shapes disagree is shown all the same. */
function withTypes(read: Graph, complain: (problem: string) => void): Graph {
  try {
    const builder = createBuilder(read);
    const made = read.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ""));
    return { ...read, types: new Map(made.map((name) => [name, builder.value(name)])) };
  } catch (error) {
    if (!(error instanceof OhmworkError)) throw error;
    complain(error.message);
    return read;
  }
}

function asJson(read: Graph): Record<string, unknown> {
  const typed = (name: string, type: ValueType | undefined): Record<string, unknown> => ({
    name,
    type: type?.type,
    shape: type?.shape,
  });
  return {
    name: read.name,
    parameters: countParameters(read),
    inputs: read.inputs.map((value) => typed(value.name, value)),
    constants: Array.from(read.constants, ([name, tensor]) => typed(name, tensor)),
    nodes: read.nodes.map(({ op, domain, name, inputs, outputs, attributes }) => ({
      op,
      domain,
      name,
      inputs,
      outputs: outputs.map((output) => typed(output, read.types.get(output))),
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, attribute]) => [key, attributeAsJson(attribute)])),
    })),
    outputs: read.outputs.map((value) => typed(value.name, value)),
  };
}

function attributeAsJson(attribute: Attribute): unknown {
  if (attribute.kind === "graph") return asJson(attribute.value);
  if (attribute.kind === "tensor") return { type: attribute.value.type, shape: attribute.value.shape };
  return attribute.value;
}
