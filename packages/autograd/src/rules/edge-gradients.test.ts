import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createBuilder } from "../builder.ts";
import { float } from "../graph.ts";
import { gradients } from "../gradients.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, tensor, type Tensor } from "../tensor.ts";
import { testRuntime } from "../testing/index.ts";

type Numbers = { readonly shape: number[]; readonly values: (number | string)[] };
type Edge = {
  readonly op: string;
  readonly attributes: Readonly<Record<string, number>>;
  readonly inputs: readonly Numbers[];
  readonly cotangent: Numbers;
  /** None for an input that is a constant. */
  readonly gradients: readonly ((number | string)[] | null)[];
};

const edges = JSON.parse(await readFile(new URL("pytorch/edge_gradients.json", import.meta.url), "utf8")) as Edge[];

/** The runtime has these in single precision only, or computes them so. */
const singles = new Set(
  "Softplus Softsign Erf Gelu PRelu Elu Selu Celu HardSigmoid HardSwish ThresholdedRelu Shrink LeakyRelu".split(" "),
);

function numbers(values: readonly (number | string)[]): number[] {
  return values.map((value) =>
    value === "inf" ? Number.POSITIVE_INFINITY : value === "-inf" ? Number.NEGATIVE_INFINITY : Number(value),
  );
}

it.each(edges.map((edge, index) => [`${edge.op} (${index})`, edge] as const))(
  "%s has the gradient of PyTorch at its edges",
  async (_, { op, attributes: { axis, ...attributes }, inputs, cotangent, gradients: expected }) => {
    const type = singles.has(op) ? "float32" : "float64";
    const builder = createBuilder();
    const feeds: Record<string, Tensor> = {};
    const operands = inputs.map(({ shape, values }, index) => {
      const given = tensor(type, shape, numbers(values));
      if (expected[index] === null) return builder.constant(given);
      feeds[`x${index}`] = given;
      return builder.input(`x${index}`, type, shape);
    });
    const by = operands.filter((operand) => feeds[operand.name] !== undefined);
    const named = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, float(value)]));
    const keep = axis === undefined ? {} : { keepdims: { kind: "int", value: 0 } as const };
    const y = builder.op(op, [...operands, ...(axis === undefined ? [] : [builder.integers([axis])])], { ...named, ...keep });
    const weights = builder.constant(tensor(type, cotangent.shape, numbers(cotangent.values)));
    const found = gradients(builder, { of: [y], by, cotangents: [weights] });
    const outputs = Object.fromEntries(
      found.flatMap((value, index) => (value === undefined ? [] : [[`g${index}`, value] as const])),
    );
    await using session = await testRuntime.load(encodeModel(builder.build({ outputs })));
    const made = await session.run(feeds);
    for (const [index, values] of expected.filter((given) => given !== null).entries()) {
      const wanted = numbers(values);
      const got = numbersOf(made[`g${index}`] as Tensor);
      const apart = wanted.map((value, at) => (value === got[at] ? 0 : Math.abs(value - (got[at] ?? Number.NaN))));
      expect(Math.max(...apart)).toBeLessThan(type === "float64" ? 1e-10 : 5e-6);
    }
  },
);
