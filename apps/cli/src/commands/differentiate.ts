import { basename } from "node:path";
import { countParameters, differentiate as differentiateGraph, encodeModel, loadModel } from "@ohmwork/autograd";
import { BadInputError } from "@ohmwork/core";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../output.ts";
import { readUserBytes } from "../read-user-file.ts";
import { strictCommand } from "../strict-command.ts";
import { withFile } from "../with-file.ts";
import { writeUserFile } from "../write-user-file.ts";

const args = {
  model: { type: "positional", required: true, description: "An ONNX file" },
  of: { type: "string", required: true, description: "The output that is differentiated" },
  by: { type: "string", required: true, description: "The inputs or constants by which, as x,w" },
  out: { type: "string", required: true, description: "The ONNX file to write: the outputs of the model and grad_x, grad_w" },
  vjp: { type: "boolean", description: "Take the cotangent of the output as one more input, cotangent_<output>" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const differentiate: CommandDef = strictCommand({
  name: "differentiate",
  description: "The gradients of an ONNX model as an ONNX model",
  args,
  run: async ({ model: file, of, by, out, vjp, json }) => {
    const names = by.split(",").map((name) => name.trim());
    if (names.includes("")) throw new BadInputError(`Option --by is "${by}", expected names with commas between them`);
    const bytes = await readUserBytes(file);
    const made = withFile(file, () => differentiateGraph(loadModel(bytes), { of, by: names, vjp: vjp === true }));
    const model = encodeModel(made);
    await writeUserFile(out, model);
    const inputs = made.inputs.map(({ name }) => name);
    const outputs = made.outputs.map(({ name }) => name);
    const header = { schema: "ohmwork.differentiate/1", version: VERSION, task: "differentiate", system: basename(file) };
    const sizes = { nodes: made.nodes.length, parameters: countParameters(made), bytes: model.length };
    createOutput(json === true).result({ ...header, rule: null, seed: null, of, by: names, out, inputs, outputs, ...sizes }, [
      `${out}: ${inputs.join(", ")} → ${outputs.join(", ")}, ${sizes.nodes} nodes`,
    ]);
  },
});
