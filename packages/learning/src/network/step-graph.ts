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
import { hasPositions, type Levels, stayInRange, toPositions } from "./ranges.ts";
import { cutFrom, type Part, partsOf } from "./vector-parts.ts";
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
  /** Steps in a row, each from where the one before it came. @default 1 */
  readonly steps?: number;
};

/** A factor on the step size, at 0 none at all, and an L2 penalty: what is added to the gradient, times the parameter. */
type OwnRate = { readonly rate?: number; readonly penalty?: number };

/**
 * All of a training step that follows the last measurement, as one graph: the digital layers, the loss, the way back through
 * every twin at the values that were measured, and the optimiser. With `steps` above 1 so many in a row, which need no
 * measurement in between.
 *
 * In: `parameters` [p], `slot <name>` [p] of the optimiser, and for each step `rate`, `step`, `values` [rows, inputs],
 * `targets` [rows, classes], and for each physical layer `measured <layer>`, or with noise `input noise <layer>`,
 * `output noise <layer>` and `parameter noise <layer>` of deviation 1. Out: for each step `loss`, `norm` of the gradient,
 * `scores`; `next parameters` and `next slot <name>`. What there is for each step has its number from 0 on behind its name
 * where there are several.
 */
export function stepGraph(plan: Plan, options: StepOptions): Graph {
  const { optimiser, steps = 1 } = options;
  const b = createBuilder();
  const parts = hasPositions(plan) ? [{ from: 0, to: plan.parameters }] : partsOf(plan.parameters);
  const given = (name: string): readonly Part[] => [
    { from: 0, to: plan.parameters, value: b.input(name, "float32", [plan.parameters]) },
  ];
  const inParts = (vector: readonly Part[]): readonly Part[] =>
    parts.map(({ from, to }) => ({ from, to, value: cutFrom(b, vector, from, to) }));
  const start = given("parameters");
  let state: StepState = {
    used: start,
    parameters: inParts(start),
    slots: optimiser.slots.map((name) => inParts(given(`slot ${name}`))),
  };
  const outputs: Record<string, Value> = {};
  for (let step = 0; step < steps; step += 1) {
    const named = (name: string): string => (steps === 1 ? name : `${name} ${step}`);
    const { loss, norm, scores, next } = oneStep(b, plan, options, state, named);
    Object.assign(outputs, { [named("loss")]: loss, [named("norm")]: norm, [named("scores")]: b.identity(scores) });
    state = next;
  }
  const whole = (vector: readonly Part[]): Value => cutFrom(b, vector, 0, plan.parameters);
  outputs["next parameters"] = whole(state.parameters);
  for (const [index, name] of optimiser.slots.entries()) outputs[`next slot ${name}`] = whole(state.slots[index] as Part[]);
  return simplify(b.build({ outputs }));
}

/** Where training stands, each vector in the same parts; the parameters also as they are there for the network. */
type StepState = {
  readonly used: readonly Part[];
  readonly parameters: readonly Part[];
  readonly slots: readonly (readonly Part[])[];
};

type Step = { readonly loss: Value; readonly norm: Value; readonly scores: Value; readonly next: StepState };

function oneStep(b: GraphBuilder, plan: Plan, options: StepOptions, at: StepState, named: (name: string) => string): Step {
  const { rows, own: rates } = options;
  const [rate, step] = [b.input(named("rate"), "float32", []), b.input(named("step"), "float32", [])];
  const values = b.input(named("values"), "float32", [rows, plan.inputs]);
  const targets = b.input(named("targets"), "float32", [rows, plan.outputs]);
  const projects = options.levels === "projection";
  // Differentiated by its cuts, behind the rounding: the gradient is that at the position, for the value beside it.
  const onPositions = (parts: readonly Part[]): readonly Part[] =>
    hasPositions(plan) ? parts.map((part) => ({ ...part, value: toPositions(b, plan, part.value) })) : parts;
  const blocks = parameterBlocks(b, plan, projects ? at.used : onPositions(at.used));
  const physical = (layer: PhysicalLayer, drive: Value, own: Value | undefined): Value => {
    const input = (name: string, shape: readonly number[]): Value => b.input(named(`${name} ${layer.index}`), "float32", shape);
    if (options.forward === "twin") return noisyTwin(b, input, layer, drive, own, options.noise);
    return measured(b, input("measured", [rows * layer.factor, layer.width]), throughTwin(b, layer, drive, own));
  };
  const scores = walk(plan.layers, values, { builder: b, parameters: blocks, kept: new Map(), physical });
  const loss = (options.loss ?? crossEntropy)(b, scores, targets);
  const slopes = blocks.join(gradients(b, { of: [loss], by: blocks.trained }));
  const { gradient, norm } = clipByNorm(
    b,
    at.parameters.map(({ from, to }) => cutFrom(b, slopes, from, to)),
    options.clipNorm,
  );
  const moved = at.parameters.map(({ from, to, value: parameters }, index) => {
    const slots = at.slots.map((slot) => (slot[index] as Part).value);
    const optimiser = rates === undefined ? options.optimiser : withRates(options.optimiser, ratesOf(plan, rates, { from, to }));
    const next = optimiser.update(b, { parameters, gradient: gradient[index] as Value, slots, rate, step });
    return { from, to, value: stayInRange(b, plan, next.parameters, from), slots: next.slots };
  });
  const next = projects ? onPositions(moved) : moved;
  return {
    loss,
    norm,
    scores,
    next: {
      used: next,
      parameters: next,
      slots: options.optimiser.slots.map((_, slot) =>
        moved.map(({ from, to, slots }) => ({ from, to, value: slots[slot] as Value })),
      ),
    },
  };
}

/** What `own` makes of the parameters of one part. */
function ratesOf(
  plan: Plan,
  own: NonNullable<StepOptions["own"]>,
  { from, to }: Omit<Part, "value">,
): { rates: Float32Array; pull: Float32Array } {
  const rates = new Float32Array(to - from).fill(1);
  const pull = new Float32Array(to - from);
  for (const { offset, size, name, layer } of plan.segments) {
    const at = plan.layers[layer];
    const { rate = 1, penalty = 0 } = own[at?.kind === "physical" ? at.system : name.slice(name.indexOf("/") + 1)] ?? {};
    const [start, end] = [Math.max(0, offset - from), Math.max(0, offset + size - from)];
    rates.fill(rate, start, end);
    pull.fill(penalty, start, end);
  }
  return { rates, pull };
}

/** The twin with noise on what goes in and comes out; noise of no size is not drawn. */
function noisyTwin(
  b: GraphBuilder,
  give: (name: string, shape: readonly number[]) => Value,
  layer: PhysicalLayer,
  drive: Value,
  own: Value | undefined,
  { input, outputOfRow, parameters = 0 }: NonNullable<StepOptions["noise"]> = { input: 0, outputOfRow: 0 },
): Value {
  const draw = (where: string, width: number): Value => give(`${where} noise`, [drive.shape?.[0] as number, width]);
  const other = (values: Value): Value =>
    b.mul(values, b.add(b.mul(give("parameter noise", values.shape as readonly number[]), parameters), 1));
  const shaken = input === 0 ? drive : b.add(drive, b.mul(draw("input", drive.shape?.[1] as number), input));
  const answer = throughTwin(b, layer, shaken, own === undefined || parameters === 0 ? own : other(own));
  if (outputOfRow === 0) return answer;
  const centred = b.sub(answer, b.reduceMean(answer, [1], true));
  const deviation = b.sqrt(b.reduceMean(b.mul(centred, centred), [1], true));
  // Noise moves the value and leaves the gradient alone.
  return measured(b, b.add(answer, b.mul(b.mul(draw("output", layer.width), deviation), outputOfRow)), answer);
}
