import { sgd } from "@ohmwork/autograd";
import { AbortedError, type Batch, createBatch, type PhysicalSystem } from "@ohmwork/core";
import type { LabelledBatch } from "@ohmwork/tasks";
import { describe, expect, it } from "vitest";
import { planNetwork } from "../network/plan.ts";
import { bentPorts, bentTwin, createBentDevice } from "../testing/bent-device.ts";
import { ringOptions, ringParts, rings } from "../testing/rings.ts";
import { watchedRuntime } from "../testing/watched-runtime.ts";
import { answers } from "./answers.ts";
import { type TrainingOptions, type TrainingRule, trainingRules } from "./phase.ts";
import { train, type TrainingParts, type TrainingProgress, type TrainingRun } from "./train.ts";
import type { TrainingState } from "./training-state.ts";

async function reportsOf(parts: TrainingParts, rule: TrainingRule, run: Partial<TrainingRun> = {}): Promise<TrainingProgress[]> {
  const training = train(parts, trainingRules[rule], { ...ringOptions, epochs: 3 }, { seed: 1, ...run });
  const reports: TrainingProgress[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done === true) return reports;
    reports.push(next.value);
  }
}

describe("the life of a training", () => {
  it("counts epochs through all phases, so that none sees the batches of another", async () => {
    const parts = ringParts();
    const epochs: number[] = [];
    const batches = (epoch: number): ReturnType<TrainingParts["batches"]> => {
      epochs.push(epoch);
      return parts.batches(epoch);
    };
    await reportsOf({ ...parts, batches }, "in-silico-then-pat");
    expect(epochs).toEqual([0, 1, 2, 3]);
  });

  it("reports after so many steps of a phase and after each epoch", async () => {
    const reports = await reportsOf(ringParts(), "in-silico-then-pat", { reportEvery: 15 });
    expect(reports.map(({ steps }) => steps)).toEqual([15, 20, 30, 40, 45, 60, 75, 80]);
    expect(reports.filter(({ epochEnds }) => epochEnds).map(({ steps }) => steps)).toEqual([20, 40, 60, 80]);
    expect(new Set(reports.map(({ stepsInAll }) => stepsInAll))).toEqual(new Set([80]));
  });

  it("takes some batches of a phase, in pieces, and goes on in the middle of a batch", async () => {
    const rows: number[] = [];
    const parts = ringParts();
    const device = parts.devices["bent"] as PhysicalSystem;
    const respond: PhysicalSystem["respond"] = (inputs, call) => {
      rows.push(inputs.shape[0] as number);
      return device.respond(inputs, call);
    };
    const watched = { ...parts, devices: { bent: { ...device, respond } } };
    const reports = await reportsOf(watched, "in-silico-then-fine-tune", { reportEvery: 7 });
    expect(new Set(rows)).toEqual(new Set([4]));
    expect(rows).toHaveLength(2 * 28);
    expect(reports.at(-1)).toMatchObject({ steps: 88, stepsInAll: 88 });
    const half = reports.find(({ state }) => state.phase === 1 && state.batch === 21);
    const rest = await reportsOf(ringParts(), "in-silico-then-fine-tune", { reportEvery: 7, from: half?.state as TrainingState });
    expect(rest.at(-1)?.state.parameters).toEqual(reports.at(-1)?.state.parameters);
  });

  it("programs all devices before it asks the first", async () => {
    const parts = ringParts();
    const device = parts.devices["bent"] as PhysicalSystem;
    const part = { ...bentPorts(6), twin: bentTwin(6), width: 6 };
    const physical = (system: string) => ({ kind: "physical" as const, system, start: [{ deviation: 0.8 }] });
    const network = {
      inputs: 2,
      layers: [
        { kind: "linear" as const, outputs: 6 },
        physical("one"),
        physical("other"),
        { kind: "linear" as const, outputs: 2 },
      ],
    };
    const calls: string[] = [];
    const watched = (name: string, own: PhysicalSystem): PhysicalSystem => ({
      ...own,
      program: (values, call) => {
        calls.push(`program ${name}`);
        return own.program(values, call);
      },
      respond: (inputs, call) => {
        calls.push(`ask ${name}`);
        return own.respond(inputs, call);
      },
    });
    const plan = planNetwork(network, { one: part, other: part });
    const devices = { one: watched("one", device), other: watched("other", createBentDevice(6, new Float32Array(36).fill(1))) };
    await reportsOf({ ...parts, plan, devices }, "pat");
    expect(calls.slice(0, 8)).toEqual([
      "program one",
      "program other",
      "ask one",
      "ask other",
      "program one",
      "program other",
      "ask one",
      "ask other",
    ]);
  });

  it("draws the noise of its twins anew at every step, and the same again when it is taken up", async () => {
    const noisy = { ...ringOptions, epochs: 2, noise: { input: 0.3, outputOfRow: 0.3 } };
    const statesOf = async (from?: TrainingState, options: TrainingOptions = noisy): Promise<TrainingState[]> => {
      const phases = [...trainingRules["in-silico"], ...trainingRules["in-silico"]];
      const states: TrainingState[] = [];
      const run = { seed: 1, reportEvery: 9, ...(from === undefined ? {} : { from }) };
      for await (const { state } of train(ringParts(), phases, options, run)) states.push(state);
      return states;
    };
    const whole = await statesOf();
    expect(whole.at(-1)?.parameters).not.toEqual((await statesOf(undefined, ringOptions)).at(-1)?.parameters);
    const losses: number[] = [];
    const [batch] = ringParts().batches(0);
    const same = { ...ringParts(), batches: () => Array.from({ length: 20 }, () => batch as LabelledBatch) };
    const still = train(same, trainingRules["in-silico"], { ...noisy, rate: 0 }, { seed: 1, reportEvery: 1 });
    for await (const { loss } of still) losses.push(loss);
    expect(new Set(losses).size).toBe(40);
    for (const at of [0, 3, 6]) expect((await statesOf(whole[at])).at(-1)?.parameters).toEqual(whole.at(-1)?.parameters);
  });

  it("takes a device back to where its drift was", async () => {
    /** Its strength fades with every call. */
    const drifting = (restores: boolean): TrainingParts => {
      const parts = ringParts();
      const device = parts.devices["bent"] as PhysicalSystem;
      let calls = 0;
      const faded = async (...args: Parameters<PhysicalSystem["respond"]>): ReturnType<PhysicalSystem["respond"]> => {
        const answer = await device.respond(...args);
        calls += 1;
        const { data, shape } = answer.stages["answer"] as Batch;
        return {
          ...answer,
          stages: {
            answer: createBatch(
              data.map((value) => value * 0.99 ** calls),
              shape,
            ),
          },
        };
      };
      const keeps = {
        snapshot: async () => Uint8Array.of(calls),
        restore: async (saved: Uint8Array) => {
          calls = saved[0] as number;
        },
      };
      return { ...parts, devices: { bent: { ...device, respond: faded, ...(restores ? keeps : {}) } } };
    };
    for (const restores of [true, false]) {
      const whole = await reportsOf(drifting(restores), "pat", { reportEvery: 9 });
      const { state } = whole[2] as TrainingProgress;
      const rest = await reportsOf(drifting(restores), "pat", { reportEvery: 9, from: state });
      const [one, other] = [whole, rest].map((reports) => reports.at(-1)?.state.parameters.join());
      expect(one === other).toBe(restores);
    }
  });

  it("takes a schedule of the caller's over the steps of each phase", async () => {
    const asked: [steps: number, step: number][] = [];
    const schedule = (steps: number) => (step: number) => {
      asked.push([steps, step]);
      return step === 0 ? 0.5 : 0;
    };
    const optimiser = sgd();
    const training = train(
      ringParts(),
      trainingRules["in-silico-then-pat"],
      { ...ringOptions, optimiser, schedule, epochs: 3 },
      { seed: 1, reportEvery: 1 },
    );
    const seen = new Set<string>();
    for await (const { state } of training) seen.add(state.parameters.join());
    expect(seen.size).toBe(2); // a phase moves the parameters at its first step and then no more
    expect(asked).toHaveLength(80);
    expect(asked[59]).toEqual([60, 59]);
    expect(asked[60]).toEqual([20, 0]);
  });

  it("holds no graph behind its end, whatever ended it", async () => {
    const stop = new AbortController();
    const ends: Readonly<Record<string, (parts: TrainingParts) => Promise<unknown>>> = {
      "its end": (parts) => reportsOf(parts, "in-silico-then-pat"),
      "a signal": async (parts) => {
        const training = train(parts, trainingRules.pat, ringOptions, { seed: 1, reportEvery: 1, signal: stop.signal });
        await training.next();
        stop.abort();
        await expect(training.next()).rejects.toThrow(AbortedError);
      },
      "nobody asking for more": async (parts) => {
        for await (const _ of train(parts, trainingRules.pat, ringOptions, { seed: 1 })) break;
      },
      "a device that fails": (parts) => expect(reportsOf(parts, "pat")).rejects.toThrow("the device failed 3 times"),
    };
    for (const [what, end] of Object.entries(ends)) {
      const runtime = watchedRuntime();
      await end(ringParts({ runtime, fails: (call) => what === "a device that fails" && call > 9 }));
      expect(runtime.open(), what).toBe(0);
      expect(runtime.runs(), what).toBeGreaterThan(0);
    }
  });

  it("holds no graph when one of several cannot be loaded", async () => {
    const runtime = watchedRuntime();
    let loads = 0;
    const failing = {
      load(model: Uint8Array): ReturnType<typeof runtime.load> {
        loads += 1;
        return loads === 2 ? Promise.reject(new RangeError("No room for a graph")) : runtime.load(model);
      },
    };
    await expect(reportsOf(ringParts({ runtime: failing }), "pat")).rejects.toThrow("No room for a graph");
    expect(runtime.open()).toBe(0);
  });

  it("does not begin when it is told to stop before", async () => {
    const parts = ringParts();
    await expect(reportsOf(parts, "pat", { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
    expect(parts.calls()).toBe(0);
  });

  it("refuses an epoch of too few batches, a device that is not given, and a state of another network", async () => {
    const parts = ringParts();
    const short = { ...parts, batches: (epoch: number) => [...parts.batches(epoch)].slice(0, 15) };
    await expect(reportsOf(short, "in-silico")).rejects.toThrow(new RangeError("Epoch 0 has 15 batches, expected 20"));
    await expect(reportsOf({ ...parts, devices: {} }, "pat")).rejects.toThrow(
      new RangeError('No device is given for the system "bent" of layer 2'),
    );
    const [report] = await reportsOf(parts, "in-silico");
    const state = report?.state as TrainingState;
    const { length } = state.parameters;
    await expect(reportsOf(parts, "pat", { from: { ...state, parameters: state.parameters.slice(1) } })).rejects.toThrow(
      new RangeError(`State to go on from has ${length - 1} parameters, the network has ${length}`),
    );
    await expect(reportsOf(parts, "pat", { from: { ...state, slots: [] } })).rejects.toThrow(
      new RangeError("State to go on from has 0 slots, adam remembers mean and square"),
    );
  });

  it("measures the fixed numbers of its normalise layers through what it trains through, and counts that", async () => {
    const [width, examples] = [2, rings(64, 1)];
    const factors = Float32Array.of(0.2, 3, 0.5, 1);
    const device: PhysicalSystem = createBentDevice(width, factors);
    const layers = [
      { kind: "normalise", over: "all" },
      { kind: "physical", system: "bent", start: [{ deviation: 1 }] },
      { kind: "normalise", over: "each" },
    ] as const;
    const plan = planNetwork({ inputs: 2, layers }, { bent: { ...bentPorts(width), twin: bentTwin(width), width } });
    const parts = {
      plan,
      runtime: watchedRuntime(),
      devices: { bent: device },
      batches: () => [examples],
      batchesPerEpoch: 1,
      examples,
    };
    for (const through of ["device", "twin"] as const) {
      const rule = through === "device" ? "pat" : "in-silico";
      const training = train(parts, trainingRules[rule], { ...ringOptions, epochs: 1, batch: 64, rate: 0 }, { seed: 1 });
      const { value } = (await training.next()) as { value: TrainingProgress };
      const { parameters, counts } = value.state;
      expect(counts.deviceEvaluations).toBe(through === "device" ? 128 : 0);
      const scores = await answers(parts, parameters, createBatch(examples.inputs.data, [64, 2]), { through });
      for (let k = 0; k < width; k += 1) {
        const own = Array.from({ length: 64 }, (_, row) => scores[row * width + k] as number);
        const mean = own.reduce((sum, score) => sum + score / 64, 0);
        expect(mean).toBeCloseTo(0, 5);
        expect(Math.sqrt(own.reduce((sum, score) => sum + (score - mean) ** 2 / 64, 0))).toBeCloseTo(1, 4);
      }
      const options = { ...ringOptions, epochs: 1, batch: 64 };
      const begin = async (data: Float32Array): Promise<TrainingState> => {
        const odd = { ...examples, inputs: createBatch(data, [64, 2]) };
        const first = await train({ ...parts, examples: odd }, trainingRules[rule], options, { seed: 1 }).next();
        return (first.value as TrainingProgress).state;
      };
      const odd = await begin(examples.inputs.data.with(5, Number.NaN));
      expect(odd.parameters.every(Number.isFinite)).toBe(true);
      expect(odd.counts.lostRows).toBe(1);
      await expect(begin(new Float32Array(128).fill(Number.NaN))).rejects.toThrow(
        "Training stopped before its first step: layer 0 was given no row of numbers",
      );
    }
  });
});
