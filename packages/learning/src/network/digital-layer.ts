import type { GraphBuilder, Value } from "@ohmwork/autograd";
import { int, type Tensor, tensor } from "@ohmwork/autograd";
import { createRandom } from "@ohmwork/core";
import type { Layer, Start } from "./layer.ts";

/** A layer that is computed, on rows of a known width. */
export type DigitalLayer = {
  readonly outputs: number;
  /** Rows it makes of one row. @default 1 */
  readonly rows?: number;
  readonly parameters: readonly { name: string; shape: readonly number[]; start: Start; fixed?: true }[];
  /** Adds the layer to a graph: values [rows, width] and its parameters in, values [rows, outputs] out. */
  readonly apply: (builder: GraphBuilder, x: Value, parameters: readonly Value[]) => Value;
};

type Digital = Exclude<Layer, { kind: "physical" | "keep" | "add-kept" }>;

/** @param fail throws, when the layer cannot follow values of this width */
export function digitalLayer(layer: Digital, width: number, fail: (message: string) => never): DigitalLayer {
  const plain = (outputs: number, apply: (b: GraphBuilder, x: Value) => Value): DigitalLayer => ({
    outputs,
    parameters: [],
    apply,
  });
  switch (layer.kind) {
    case "linear":
      return {
        outputs: layer.outputs,
        parameters: [
          { name: "weight", shape: [width, layer.outputs], start: { deviation: 1 / Math.sqrt(width) } },
          { name: "bias", shape: [layer.outputs], start: {} },
        ],
        apply: (b, x, [weight, bias]) => b.add(b.matMul(x, weight as Value), bias as Value),
      };
    case "rescale":
      return {
        outputs: width,
        parameters: [
          { name: "scale", shape: [width], start: layer.scale },
          { name: "shift", shape: [width], start: layer.shift },
        ],
        apply(b, x, [scale, shift]) {
          const y = b.add(b.mul(x, scale as Value), shift as Value);
          return layer.limit === undefined ? y : b.clip(y, -layer.limit, layer.limit);
        },
      };
    case "permute": {
      const order = Float64Array.from(createRandom(layer.seed, "order of a permutation").permutation(width));
      return plain(width, (b, x) => b.gather(x, b.constant(tensor("int64", [width], order)), 1));
    }
    case "repeat": {
      const { times } = layer;
      return plain(width * times, (b, x) => {
        const column = b.reshape(x, [-1, width, 1]);
        return b.reshape(b.expand(column, [1, 1, times]), [-1, width * times]);
      });
    }
    case "pad": {
      if (layer.width < width) fail(`must be ${width} wide or wider: ${layer.width} given`);
      return plain(layer.width, (b, x) => b.op("Pad", [x, b.integers([0, 0, 0, layer.width - width])]));
    }
    case "select": {
      if (layer.from < 0 || layer.to <= layer.from || layer.to > width)
        fail(`must lie within ${width} values: ${layer.from} to ${layer.to} given`);
      return plain(layer.to - layer.from, (b, x) => b.slice(x, [layer.from], [layer.to], [1]));
    }
    case "rows-of":
      if (width % layer.width !== 0 && layer.width % width !== 0)
        fail(`cannot make rows of ${layer.width} values of rows of ${width}`);
      return { ...plain(layer.width, (b, x) => b.reshape(x, [-1, layer.width])), rows: width / layer.width };
    case "standardise":
      return plain(width, (b, x) => b.mul(b.sub(x, layer.mean), layer.factor));
    case "normalise": {
      const shape = layer.over === "each" ? [width] : [1];
      return {
        outputs: width,
        parameters: [
          { name: "mean", shape, start: {}, fixed: true },
          { name: "factor", shape, start: { mean: 1 }, fixed: true },
        ],
        apply: (b, x, [mean, factor]) => b.mul(b.sub(x, mean as Value), factor as Value),
      };
    }
    case "layer-norm":
      return plain(width, normaliseRows);
    case "sigmoid":
      return plain(width, (b, x) => b.sigmoid(x));
    case "relu":
      return plain(width, (b, x) => b.relu(x));
    case "tanh":
      return plain(width, (b, x) => b.tanh(x));
    case "clamp":
      return plain(width, (b, x) => b.clip(x, -layer.limit, layer.limit));
    case "to-ports": {
      const { min, max } = layer;
      if (min.length !== width || max.length !== width)
        fail(`has windows of ${min.length} and ${max.length} ports, ${width} values come`);
      const ends = (of: (low: number, high: number) => number): Tensor =>
        tensor(
          "float32",
          [width],
          Float32Array.from(min, (low, i) => of(low, max[i] as number)),
        );
      return plain(width, (b, x) => {
        const [middle, reach] = [ends((low, high) => (low + high) / 2), ends((low, high) => (high - low) / 2)];
        return b.add(b.mul(b.clip(x, -1, 1), b.constant(reach)), b.constant(middle));
      });
    }
    case "modulator":
      return plain(width, (b, x) => b.clip(b.add(b.mul(x, 0.2), 0.5), 0, 1));
    case "windows":
      if (layer.count > width) fail(`cannot cut ${width} values into ${layer.count} windows`);
      return windows(layer.count, layer.of, width);
    case "gain":
      return {
        outputs: width,
        parameters: [{ name: "gain", shape: [1], start: { mean: layer.start } }],
        apply: (b, x, [gain]) => b.mul(x, gain as Value),
      };
    default:
      throw new RangeError(`Layer ${String(layer satisfies never)} is not known`);
  }
}

/** Keeps the division finite for a row that is constant. */
const LEAST_VARIANCE = 1e-5;

function normaliseRows(b: GraphBuilder, x: Value): Value {
  const centred = b.sub(x, b.reduceMean(x, [-1], true));
  const variance = b.reduceMean(b.mul(centred, centred), [-1], true);
  return b.div(centred, b.sqrt(b.add(variance, LEAST_VARIANCE)));
}

function windows(count: number, of: "values" | "squares", width: number): DigitalLayer {
  const length = Math.floor(width / count);
  return {
    outputs: count,
    parameters: [],
    apply(b, x) {
      const used = length * count === width ? x : b.slice(x, [0], [length * count], [1]);
      const cut = b.reshape(of === "squares" ? b.mul(used, used) : used, [-1, count, length]);
      return b.op("ReduceMean", [cut, b.integers([2])], { keepdims: int(0) });
    },
  };
}
