import {
  clipByNorm,
  createBuilder,
  crossEntropy,
  type Graph,
  gradients,
  type GraphBuilder,
  type Loss,
  measured,
  type Optimiser,
  simplify,
  type Value,
  withRates,
} from "@ohmwork/autograd";
import { parameterBlocks } from "./parameter-blocks.ts";
import type { Plan } from "./plan.ts";
import { type Levels, stayInRange, toPositions } from "./ranges.ts";
import { type PhysicalLayer, throughTwin, walk } from "./walk.ts";

export type StepOptions = {
  readonly rows: number;
  /** What stands behind a physical layer while the network runs forward: what was measured there, or what the twin says. */
  readonly forward: "measured" | "twin";
  /**
   * Noise of the twin while it trains in silico: of every input, of every output as a share of the deviation within its row, and of
   * every parameter as a share of itself, the same for all rows of a step, as if each step met another device.
   */
  readonly noise?: { readonly input: number; readonly outputOfRow: number; readonly parameters?: number };
  readonly optimiser: Optimiser;
  /** Longest gradient that is followed as it is; longer ones are shortened to it. */
  readonly clipNorm?: number;
  /** @default crossEntropy */
  readonly loss?: Loss;
  /** How parameters with positions are held to them. @default "straight-through" */
  readonly levels?: Levels;
  /** What the parameters of a physical system, by its name, or of digital layers, by the parameter's, do differently. */
  readonly own?: Readonly<Record<string, OwnRate>>;
};

/** A factor on the step size, at 0 none at all, and an L2 penalty: what is added to the gradient, times the parameter. */
type OwnRate = { readonly rate?: number; readonly penalty?: number };

/**
 * All of a training step that follows the last measurement, as one graph: the digital layers, the loss, the way back through
 * every twin at the values that were measured, and the optimiser.
 *
 * In: `parameters` [p], `slot <name>` [p] of the optimiser, `rate`, `step`, `values` [rows, inputs], `targets`
 * [rows, classes], and for each physical layer `measured <layer>`, or with noise `input noise <layer>`,
 * `output noise <layer>` and `parameter noise <layer>` of deviation 1. Out: `loss`, `norm` of the gradient, `scores`, `next parameters`, `next slot <name>`.
 */
export function stepGraph(plan: Plan, options: StepOptions): Graph {
  const { rows } = options;
  const optimiser = options.own === undefined ? options.optimiser : withRates(options.optimiser, ratesOf(plan, options.own));
  const b = createBuilder();
  const parameters = b.input("parameters", "float32", [plan.parameters]);
  const slots = optimiser.slots.map((name) => b.input(`slot ${name}`, "float32", [plan.parameters]));
  const [rate, step] = [b.input("rate", "float32", []), b.input("step", "float32", [])];
  const values = b.input("values", "float32", [rows, plan.inputs]);
  const targets = b.input("targets", "float32", [rows, plan.outputs]);
  const projects = options.levels === "projection";
  // Differentiated by its cuts, behind the rounding: the gradient is that at the position, for the value beside it.
  const used = projects ? parameters : toPositions(b, plan, parameters);
  const blocks = parameterBlocks(b, plan, used);
  const physical = (layer: PhysicalLayer, drive: Value, own: Value | undefined): Value => {
    if (options.forward === "twin") return noisyTwin(b, layer, drive, own, options.noise);
    const value = b.input(`measured ${layer.index}`, "float32", [rows * layer.factor, layer.width]);
    return measured(b, value, throughTwin(b, layer, drive, own));
  };
  const scores = walk(plan.layers, values, { builder: b, parameters: blocks, kept: new Map(), physical });
  const loss = (options.loss ?? crossEntropy)(b, scores, targets);
  const { gradient, norm } = clipByNorm(b, blocks.join(gradients(b, { of: [loss], by: blocks.trained })), options.clipNorm);
  const next = optimiser.update(b, { parameters, gradient, slots, rate, step });
  const held = stayInRange(b, plan, next.parameters);
  const outputs: Record<string, Value> = {
    loss,
    norm,
    scores: b.identity(scores),
    "next parameters": projects ? toPositions(b, plan, held) : held,
  };
  for (const [index, name] of optimiser.slots.entries()) outputs[`next slot ${name}`] = next.slots[index] as Value;
  return simplify(b.build({ outputs }));
}

function ratesOf(plan: Plan, own: NonNullable<StepOptions["own"]>): { rates: Float32Array; pull: Float32Array } {
  const rates = new Float32Array(plan.parameters).fill(1);
  const pull = new Float32Array(plan.parameters);
  for (const { offset, size, name, layer } of plan.segments) {
    const at = plan.layers[layer];
    const { rate = 1, penalty = 0 } = own[at?.kind === "physical" ? at.system : name.slice(name.indexOf("/") + 1)] ?? {};
    rates.fill(rate, offset, offset + size);
    pull.fill(penalty, offset, offset + size);
  }
  return { rates, pull };
}

/** The twin with noise on what goes in and comes out; noise of no size is not drawn. */
function noisyTwin(
  b: GraphBuilder,
  layer: PhysicalLayer,
  drive: Value,
  own: Value | undefined,
  { input, outputOfRow, parameters = 0 }: NonNullable<StepOptions["noise"]> = { input: 0, outputOfRow: 0 },
): Value {
  const draw = (where: string, width: number): Value =>
    b.input(`${where} noise ${layer.index}`, "float32", [drive.shape?.[0] as number, width]);
  const other = (values: Value): Value => {
    const errors = b.input(`parameter noise ${layer.index}`, "float32", values.shape as readonly number[]);
    return b.mul(values, b.add(b.mul(errors, parameters), 1));
  };
  const shaken = input === 0 ? drive : b.add(drive, b.mul(draw("input", drive.shape?.[1] as number), input));
  const answer = throughTwin(b, layer, shaken, own === undefined || parameters === 0 ? own : other(own));
  if (outputOfRow === 0) return answer;
  const centred = b.sub(answer, b.reduceMean(answer, [1], true));
  const deviation = b.sqrt(b.reduceMean(b.mul(centred, centred), [1], true));
  // Noise moves the value and leaves the gradient alone.
  return measured(b, b.add(answer, b.mul(b.mul(draw("output", layer.width), deviation), outputOfRow)), answer);
}
