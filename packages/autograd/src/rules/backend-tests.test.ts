import { dataPath, recordMeasured } from "@ohmwork/core/testing";
import { expect, it } from "vitest";
import { GraphError } from "../graph-error.ts";
import type { Graph } from "../graph.ts";
import { loadModel } from "../onnx/load-model.ts";
import { isFloat, type Tensor } from "../tensor.ts";
import { checkDirections } from "../testing/directional-check.ts";
import { inDouble, widenTensor } from "../testing/in-double.ts";
import { backendTests } from "../testing/index.ts";

/** Operators of the collection through which no gradient is asked for yet. */
const withoutRule = new Set(
  (
    "Compress ConcatFromSequence DFT DequantizeLinear Det DynamicQuantizeLinear GridSample MaxUnpool " +
    "MelWeightMatrix RoiAlign STFT SequenceAt Unique " +
    "ai.onnx.preview.training:Adagrad ai.onnx.preview.training:Adam ai.onnx.preview.training:Gradient " +
    "ai.onnx.preview.training:Momentum"
  ).split(" "),
);

/** Why else models of the collection are not compared, and how many. */
const otherwise: Readonly<Record<string, number>> = {
  "not loaded": 34,
  "no floating input or output": 237,
  // Steps, comparisons, random numbers.
  flat: 22,
  // Masks drawn anew on every run; inputs near 1e300, beside which no step is seen.
  rough: 6,
};

/**
 * Refused with a reason by a rule or by the runtime, which has neither unsigned exponents nor recurrence by batches: training without a mask, a batch normalised by itself, a diagonal, a number of steps that is an input, a picture cropped.
 */
const refused = new Set(
  (
    "test_training_dropout test_training_dropout_default test_training_dropout_zero_ratio test_batchnorm_epsilon_training_mode " +
    "test_batchnorm_example_training_mode test_einsum_batch_diagonal test_loop11 test_resize_tf_crop_and_resize " +
    "test_gru_batchwise test_lstm_batchwise test_simple_rnn_batchwise test_pow_types_float32_uint32 " +
    "test_pow_types_float32_uint64 test_gradient_of_add test_gradient_of_add_and_mul"
  ).split(" "),
);

type Feeds = Readonly<Record<string, Tensor>>;

/** The graph with its whole numbers given beforehand, as exporters write axes and shapes. */
function withIntegersFixed(graph: Graph, feeds: Feeds): Graph {
  const fixed = graph.inputs.filter((input) => !isFloat(input.type));
  return {
    ...graph,
    inputs: graph.inputs.filter((input) => isFloat(input.type)),
    constants: new Map([...graph.constants, ...fixed.map(({ name }) => [name, feeds[name] as Tensor] as const)]),
  };
}

/** In double precision where the runtime can, with whole numbers given beforehand where the rules need them. */
async function judge(graph: Graph, feeds: Feeds, of: string): Promise<string> {
  const fixed = withIntegersFixed(graph, feeds);
  let reason = "";
  for (const which of [inDouble(graph), graph, inDouble(fixed), fixed]) {
    const isWide = which !== graph && which !== fixed;
    const given = which.inputs.map(({ name }) => [name, isWide ? widenTensor(feeds[name] as Tensor) : feeds[name]] as const);
    try {
      const result = await checkDirections(which, of, Object.fromEntries(given) as Feeds);
      return result.kind === "differs" ? result.message : result.kind;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      reason = error.message;
    }
    if (reason.startsWith("No gradient rule")) break;
  }
  const without = /^No gradient rule for operator (\S+)/.exec(reason)?.[1];
  if (without !== undefined) return withoutRule.has(without) ? "no rule" : `${without} has no rule`;
  if (/: has (a|no) gradient |: can be unrolled only |^ONNX Runtime cannot load/.test(reason)) return "refused";
  return Object.keys(otherwise).find((known) => reason.includes(known)) ?? reason;
}

it("backend tests of ONNX 1.12 have the gradients that differences have", { timeout: 300_000 }, async (context) => {
  const archive = dataPath(context, "onnx-backend-tests-1.12/data.tar.xz");
  const counts: Record<string, number> = {};
  const surprises: string[] = [];
  const expected = new Set(["agrees", "no rule", ...Object.keys(otherwise)]);
  for await (const { name, model, inputs } of backendTests(archive)) {
    for (const reason of await reasonsOf(model, inputs)) {
      counts[reason] = (counts[reason] ?? 0) + 1;
      if (!expected.has(reason) && !(reason === "refused" && refused.has(name))) surprises.push(`${name}: ${reason}`);
    }
  }
  const { agrees = 0, "no rule": missing = 0, refused: declined = 0, ...rest } = counts;
  recordMeasured(context, "ONNX backend tests whose gradients agree with differences", agrees);
  recordMeasured(context, "… through which an operator without a rule leads", missing);
  recordMeasured(context, "… that a rule refuses", declined);
  for (const [reason, count] of Object.entries(rest)) recordMeasured(context, `… that are not compared: ${reason}`, count);
  expect(surprises).toEqual([]);
  expect(otherwise).toMatchObject(rest);
  expect(agrees).toBeGreaterThanOrEqual(707);
});

async function reasonsOf(model: Uint8Array, inputs: readonly (Tensor | undefined)[]): Promise<ReadonlySet<string>> {
  let graph: Graph;
  try {
    graph = loadModel(model);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return new Set(["not loaded"]);
  }
  const outputs = graph.outputs.filter((output) => output.type === "float32" || output.type === "float64");
  if (!graph.inputs.some((input) => isFloat(input.type)) || outputs.length === 0) return new Set(["no floating input or output"]);
  const feeds = Object.fromEntries(graph.inputs.map((input, index) => [input.name, inputs[index] as Tensor]));
  const reasons = new Set<string>();
  for (const output of outputs) reasons.add(await judge(graph, feeds, output.name));
  return reasons;
}
