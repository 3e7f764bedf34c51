import { adam, createBuilder, sgd } from "@ohmwork/autograd";
import { createBatch, createRandom, type PhysicalSystem } from "@ohmwork/core";
import { batches, type LabelledBatch } from "@ohmwork/tasks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bentPorts, bentTwin, createBentDevice } from "../testing/bent-device.ts";
import { plainRuntime, runGraph } from "../testing/run-graph.ts";
import { answers } from "../train/answers.ts";
import { trainingRules } from "../train/phase.ts";
import { rightAnswers } from "../train/right-answers.ts";
import { train, type TrainingParts } from "../train/train.ts";
import type { TrainingState } from "../train/training-state.ts";
import { planNetwork, type Plan } from "./plan.ts";
import { stepGraph } from "./step-graph.ts";
import { twinGraph } from "./stretch-graphs.ts";
import { type Levels, onPositions, stayInRange, toPositions } from "./ranges.ts";

/** A matrix in a window of so many positions, between digital layers. */
function planWith(window: { readonly min: number; readonly max: number; readonly levels?: number }): Plan {
  const part = { ...bentPorts(3), twin: bentTwin(3), width: 3 };
  const parameters = [{ name: "matrix", unit: "", size: 9, ...window }];
  const layers = [{ kind: "physical", system: "bent", start: [{ deviation: 1 }] }] as const;
  return planNetwork({ inputs: 3, layers }, { bent: { ...part, parameters } });
}

async function through(graph: typeof toPositions, plan: Plan, parameters: Float32Array): Promise<Float32Array> {
  const b = createBuilder();
  const held = graph(b, plan, b.input("parameters", "float32", [plan.parameters]));
  return (await runGraph(b.build({ outputs: { held: b.identity(held) } }), { parameters }))["held"] as Float32Array;
}

const windows = fc
  .record({ min: fc.double({ min: -5, max: 5, noNaN: true }), span: fc.double({ min: 0.1, max: 10, noNaN: true }) })
  .map(({ min, span }) => ({ min, max: min + span }));

describe("onPositions()", () => {
  it("gives the nearest position in the window, the same number that the graphs reckon with", async () => {
    await fc.assert(
      fc.asyncProperty(windows, fc.integer({ min: 2, max: 257 }), fc.nat(), async ({ min, max }, levels, seed) => {
        const plan = planWith({ min, max, levels });
        const { normal, below } = createRandom(seed, "values of a test");
        const pitch = (max - min) / (levels - 1);
        // Some stand right between two positions, some beyond the window.
        const values = Float32Array.from({ length: 9 }, (_, i) =>
          i < 3 ? min + (below(levels) + 0.5) * pitch : min + (max - min) * (0.5 + normal()),
        );
        const held = onPositions(plan, values).map((value) => value || 0);
        expect([...held]).toEqual(Array.from(await through(toPositions, plan, values), (value) => value || 0)); // −0 is 0
        expect(onPositions(plan, held)).toEqual(held);
        for (const [i, value] of held.entries()) {
          const wanted = Math.max(min, Math.min(max, values[i] as number));
          expect(Math.abs(value - wanted)).toBeLessThanOrEqual(pitch / 2 + 1e-5);
          expect(Math.abs((value - min) / pitch - Math.round((value - min) / pitch)) * pitch).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it("leaves parameters without positions as they are", () => {
    const values = Float32Array.from({ length: 9 }, (_, i) => i / 7);
    expect(onPositions(planWith({ min: -1, max: 1 }), values)).toBe(values);
  });
});

describe("stayInRange()", () => {
  it("brings parameters back into their window, one-sided or not", async () => {
    const values = Float32Array.from({ length: 9 }, (_, i) => i - 4);
    const held = async (min: number, max: number): Promise<number[]> => [
      ...(await through(stayInRange, planWith({ min, max }), values)),
    ];
    expect(await held(-2, 1.5)).toEqual([-2, -2, -2, -1, 0, 1, 1.5, 1.5, 1.5]);
    expect(await held(-Infinity, 1.5)).toEqual([-4, -3, -2, -1, 0, 1, 1.5, 1.5, 1.5]);
    expect(await held(-Infinity, Infinity)).toEqual([...values]);
  });
});

describe("graphs of a network with positions", () => {
  const plan = planWith({ min: -4, max: 4, levels: 16 });
  const { normal } = createRandom(2, "values of a test");
  const [parameters, values] = [9, 6].map((size) => Float32Array.from({ length: size }, normal)) as [Float32Array, Float32Array];
  const held = onPositions(plan, parameters);

  it("answer for the positions", async () => {
    const answer = (of: Float32Array): ReturnType<typeof runGraph> => runGraph(twinGraph(plan, 2), { parameters: of, values });
    expect(held).not.toEqual(parameters);
    expect(await answer(parameters)).toEqual(await answer(held));
  });

  it("learn straight through: by the gradient at the positions, from between them", async () => {
    const graph = stepGraph(plan, { rows: 2, forward: "twin", optimiser: sgd() });
    const step = (of: Float32Array): ReturnType<typeof runGraph> =>
      runGraph(graph, { parameters: of, values, targets: [1, 0, 0, 0, 0, 1], rate: [0.25], step: [1] });
    const [between, at] = [await step(parameters), await step(held)];
    expect(between["loss"]).toEqual(at["loss"]);
    expect(between["norm"]).toEqual(at["norm"]);
    for (const [i, value] of parameters.entries()) {
      const moves = [between, at].map(
        (made, k) => (made["next parameters"]?.[i] as number) - (k === 0 ? value : (held[i] as number)),
      );
      expect(moves[0]).toBeCloseTo(moves[1] as number, 6);
    }
    expect(Math.hypot(...(at["norm"] ?? []))).toBeGreaterThan(0.1);
  });
});

describe("training of 16 positions", () => {
  const levels = 16;
  const plan = planWith({ min: -4, max: 4, levels });
  const { normal } = createRandom(4, "rows of a test");
  const factors = Float32Array.from({ length: 9 }, () => 1 + 0.1 * normal());

  /** Rows sorted by the largest answer of a device that nobody knows. */
  async function sorted(count: number): Promise<LabelledBatch> {
    const inputs = createBatch(
      Float32Array.from({ length: count * 3 }, () => 0.7 * normal()),
      [count, 3],
    );
    const teacher = createBentDevice(3, factors);
    await teacher.program(Float32Array.from([1.9, -1.2, 0.4, -0.8, 2.1, 0.3, 0.5, -1, 1.6]));
    const scores = (await teacher.respond(inputs)).stages["answer"]?.data as Float32Array;
    const labels = Uint32Array.from({ length: count }, (_, row) => {
      const own = scores.subarray(row * 3, row * 3 + 3);
      return own.indexOf(Math.max(...own));
    });
    return { inputs, labels };
  }

  /** A training in silico and by PAT: where it begins and ends, its score, and what the device was programmed with. */
  async function trained(kind: Levels): Promise<{ first: number; last: number; moved: boolean; seen: Float32Array[] }> {
    const examples = await sorted(256);
    const seen: Float32Array[] = [];
    const device = createBentDevice(3, factors);
    const watched: PhysicalSystem = {
      ...device,
      program(parameters, call) {
        seen.push(parameters);
        return device.program(parameters, call);
      },
    };
    const parts: TrainingParts = {
      plan,
      runtime: plainRuntime,
      devices: { bent: watched },
      batches: (epoch) => batches(examples, { size: 32, seed: 1, epoch }),
      batchesPerEpoch: 8,
      examples,
    };
    const score = async ({ parameters }: TrainingState): Promise<number> =>
      rightAnswers(await answers(parts, parameters, examples.inputs, { through: "device" }), examples.labels) / 256;
    const options = { epochs: 60, batch: 32, rate: 0.05, optimiser: adam(), levels: kind };
    const training = train(parts, trainingRules.pat, options, { seed: 3, reportEvery: 1 });
    const states: TrainingState[] = [];
    for (;;) {
      const next = await training.next();
      states.push(next.done === true ? next.value : next.value.state);
      if (next.done === true) break;
    }
    const [start, end] = [states[0], states.at(-1)] as [TrainingState, TrainingState];
    const [before, after] = [onPositions(plan, start.parameters), onPositions(plan, end.parameters)];
    return { first: await score(start), last: await score(end), moved: before.some((value, i) => value !== after[i]), seen };
  }

  it("learns straight through the rounding with steps that are a small part of a position", async () => {
    const { first, last, moved, seen } = await trained("straight-through");
    expect(moved).toBe(true);
    expect(first).toBeLessThan(0.7);
    expect(last).toBeGreaterThan(0.85);
    for (const parameters of seen) expect(onPositions(plan, parameters)).toEqual(parameters);
  });

  it("stands still with the same steps when every one is followed by rounding", async () => {
    const { first, last, moved, seen } = await trained("projection");
    expect(moved).toBe(false);
    expect(last).toBe(first);
    for (const parameters of seen) expect(onPositions(plan, parameters)).toEqual(parameters);
  });
});
