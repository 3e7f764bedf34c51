import { dataPath, recordMeasured } from "@ohmwork/core/testing";
import { expect, it } from "vitest";
import { createBuilder, type GraphBuilder } from "../builder.ts";
import { GraphError } from "../graph-error.ts";
import type { Graph } from "../graph.ts";
import { loadModel } from "../onnx/load-model.ts";
import { isFloat, type Tensor } from "../tensor.ts";
import { backendTests } from "../testing/index.ts";

/** The graph with its whole numbers given beforehand and nothing declared of what it makes. */
function undeclared(graph: Graph, inputs: readonly (Tensor | undefined)[]): Graph {
  const given = graph.inputs.map((input, index) => ({ input, value: inputs[index] }));
  const fixed = given.flatMap(({ input, value }) =>
    isFloat(input.type) || value === undefined ? [] : [[input.name, value] as const],
  );
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !fixed.some(([other]) => other === name)),
    constants: new Map([...graph.constants, ...fixed]),
    types: new Map(),
  };
}

it(
  "inferred types and shapes are those of the published answers of ONNX's backend tests",
  { timeout: 120_000 },
  async (context) => {
    const archive = dataPath(context, "onnx-backend-tests-1.12/data.tar.xz");
    const counts = { known: 0, open: 0, rank: 0 };
    const wrong: string[] = [];
    for await (const { name, model, inputs, outputs } of backendTests(archive)) {
      let graph: Graph;
      let builder: GraphBuilder;
      try {
        graph = loadModel(model);
      } catch (error) {
        if (error instanceof GraphError) continue;
        throw error;
      }
      try {
        builder = createBuilder(undeclared(graph, inputs));
      } catch (error) {
        wrong.push(`${name}: ${(error as Error).message}`);
        continue;
      }
      for (const [index, output] of graph.outputs.entries()) {
        const published = outputs[index];
        if (published === undefined) continue;
        const { type, shape } = builder.value(output.name);
        if (type !== published.type) wrong.push(`${name}: ${type} inferred, ${published.type} published`);
        if (shape === undefined) {
          counts.rank += 1;
        } else if (
          shape.length !== published.shape.length ||
          shape.some((size, axis) => typeof size === "number" && size !== published.shape[axis])
        ) {
          wrong.push(`${name}: [${shape.join(", ")}] inferred, [${published.shape.join(", ")}] published`);
        } else if (shape.some((size) => typeof size === "string")) {
          counts.open += 1;
        } else counts.known += 1;
      }
    }
    recordMeasured(context, "outputs of ONNX backend tests whose shape is inferred", counts.known);
    recordMeasured(context, "… of which some sizes stay open", counts.open);
    recordMeasured(context, "… of which nothing is known", counts.rank);
    expect(wrong).toEqual([]);
    expect(counts.known).toBeGreaterThanOrEqual(1092);
  },
);
