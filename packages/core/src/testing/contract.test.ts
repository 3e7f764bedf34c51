import { describe, expect, it } from "vitest";
import { createBatch, rowOf, rowsOf } from "../batch.ts";
import { AbortedError, PortRangeError } from "../errors.ts";
import type { Ports, Revision, SelfLearningSystem } from "../physical-system.ts";
import { checkInputs, checkLesson, checkParameters } from "../ports.ts";
import { createRandom, type Random, restoreRandom } from "../random.ts";
import { throwIfAborted } from "../time.ts";
import { ContractError, physicalSystemContract } from "./contract.ts";

const ports: Ports = {
  inputs: [{ name: "source", unit: "V", size: 2, min: 0, max: 1 }],
  parameters: [{ name: "weight", unit: "", size: 2, min: 0, max: 1 }],
  outputs: [{ name: "sum", unit: "V", size: 1, min: -0.1, max: 2.1 }],
};
const noiseVolts = 0.01;

/** Half of the weighted sum of two voltages with a little noise, and a rule that moves the weights: keeps every promise. */
function createSum(seed: number): SelfLearningSystem {
  let weights = Float32Array.of(0.5, 0.5);
  let revision = 0;
  let noise = createRandom(seed, "noise");
  let disposed = false;
  const check = (signal: AbortSignal | undefined): void => {
    if (disposed) throw new AbortedError("Sum");
    throwIfAborted(signal, "Sum");
  };
  const sumOf = (row: Float32Array): number => row.reduce((sum, value, i) => sum + value * (weights[i] as number), 0);
  return {
    ports,
    traits: { repeatable: true, remote: false, largestBatch: 100 },
    stages: [{ name: "sum", width: 1 }],
    async program(parameters, call) {
      check(call?.signal);
      checkParameters(ports.parameters, parameters);
      weights = parameters.slice();
      revision += 1;
      return revision as Revision;
    },
    async respond(inputs, call) {
      check(call?.signal);
      checkInputs(ports.inputs, inputs, 100);
      const random: Random = call?.id === undefined ? noise : createRandom(seed, call.id);
      const { count } = rowsOf(inputs);
      const sums = Float32Array.from({ length: count }, (_, i) => sumOf(rowOf(inputs, i)) + noiseVolts * random.uniform());
      return { revision: revision as Revision, stages: { sum: createBatch(sums, [count, 1]) } };
    },
    async snapshot() {
      return new TextEncoder().encode(JSON.stringify(noise.snapshot()));
    },
    async restore(state) {
      noise = restoreRandom(JSON.parse(new TextDecoder().decode(state)) as ReturnType<Random["snapshot"]>);
    },
    async *learn(inputs, labels, { steps, reportEvery = 500, signal }) {
      const count = checkLesson(ports, inputs, labels, { steps, reportEvery });
      for (let step = 1; step <= steps; step += 1) {
        check(signal);
        const row = rowOf(inputs, (step - 1) % count);
        const error = (rowOf(labels, (step - 1) % count)[0] as number) - sumOf(row);
        weights = weights.map((weight, i) => Math.min(1, Math.max(0, weight + 0.1 * error * (row[i] as number))));
        revision += 1;
        if (step % reportEvery === 0 || step === steps)
          yield { step, error: error ** 2, taught: reportEvery, revision: revision as Revision };
      }
    },
    async parameters() {
      return { revision: revision as Revision, values: weights.slice() };
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
    },
  };
}

type Mutation = (sum: SelfLearningSystem, seed: number) => Partial<SelfLearningSystem>;

/** Names of the contract's tests that fail for a system, each for a promise that was broken. */
async function brokenPromises(mutation: Mutation): Promise<string[]> {
  const broken: string[] = [];
  const create = async (seed: number): Promise<SelfLearningSystem> => {
    const sum = createSum(seed);
    return { ...sum, ...mutation(sum, seed) };
  };
  for (const { name, run } of physicalSystemContract("mutant", create)) {
    await run().catch(() => broken.push(name));
  }
  return broken;
}

/** The same response with its sums changed. */
const withSums =
  (change: (sums: Float32Array) => Float32Array): Mutation =>
  (sum) => ({
    respond: async (inputs, call) => {
      const { revision, stages } = await sum.respond(inputs, call);
      const { data, shape } = stages["sum"] ?? createBatch(new Float32Array(0), [0, 1]);
      return { revision, stages: { sum: { data: change(data), shape } } };
    },
  });

/** Responds to whatever it is given as if it were the middle of every window. */
const careless =
  (accepts: (error: unknown) => boolean): Mutation =>
  (sum) => ({
    respond: (inputs, call) =>
      sum.respond(inputs, call).catch((error: unknown) => {
        if (!accepts(error)) throw error;
        return sum.respond(createBatch(new Float32Array(2).fill(0.5), [1, 2]));
      }),
  });

const complaint = (message: string): PortRangeError =>
  new PortRangeError(message, { port: "source", index: 0, value: 2, min: 0, max: 1 });

const stages = "respond() gives every stage, in its shape, finite, with a revision";
const noRows = "respond() takes no rows as well";
const refusesInputs = "respond() refuses a wrong width, a value outside its window, and NaN";
const programs = "program() sets parameters, gives a new revision, and respond() names it";
const refusesParameters = "program() refuses what does not fit and then changes nothing";
const follows = "respond() follows the inputs";
const aborts = "respond() stops when its signal has fired";
const repeats = "a repeatable system gives the same bits for the same seed and calls";
const restores = "snapshot() and restore() continue to the same bits";
const learns = "learn() reports, changes parameters inside their windows, and respond() names the revision";
const refusesLabels = "learn() refuses labels that do not belong to the inputs";
const refusesNumbers = "learn() refuses numbers of steps and reports that are not whole and above 0";
const abortsLearning = "learn() stops when its signal has fired";
const disposes = "a disposed system refuses to work, and disposing twice is harmless";

/** What is wrong with each mutant, the promise it breaks, and how. */
const mutants: readonly (readonly [what: string, promise: string, mutation: Mutation])[] = [
  ["leaves out a stage", stages, (sum) => ({ respond: async (...args) => ({ ...(await sum.respond(...args)), stages: {} }) })],
  ["measures something that is not a number", stages, withSums((sums) => sums.fill(Number.NaN))],
  [
    "gives columns for rows",
    stages,
    (sum) => ({
      respond: async (...args) => {
        const { revision, stages: measured } = await sum.respond(...args);
        const data = measured["sum"]?.data ?? new Float32Array(0);
        return { revision, stages: { sum: createBatch(data, [1, data.length]) } };
      },
    }),
  ],
  [
    "has more outputs than its last stage",
    stages,
    () => ({ ports: { ...ports, outputs: [...ports.outputs, ...ports.outputs] } }),
  ],
  [
    "makes a row up",
    noRows,
    (sum) => ({
      respond: async (inputs, call) =>
        sum.respond(rowsOf(inputs).count === 0 ? createBatch(new Float32Array(2), [1, 2]) : inputs, call),
    }),
  ],
  ["takes an input too many", refusesInputs, careless((error) => error instanceof RangeError)],
  ["takes inputs outside their window", refusesInputs, careless((error) => error instanceof PortRangeError)],
  [
    "takes what is not a number",
    refusesInputs,
    careless((error) => error instanceof PortRangeError && Number.isNaN(error.details.value)),
  ],
  [
    "complains in another class",
    refusesInputs,
    (sum) => ({
      respond: (...args) =>
        sum.respond(...args).catch((error: unknown) => {
          throw error instanceof PortRangeError ? new TypeError(error.message) : error;
        }),
    }),
  ],
  [
    "complains in two lines",
    refusesInputs,
    (sum) => ({
      respond: (...args) =>
        sum.respond(...args).catch((error: unknown) => {
          throw error instanceof PortRangeError ? complaint("too\nlarge") : error;
        }),
    }),
  ],
  [
    "counts no revisions",
    programs,
    (sum) => ({
      program: async (...args) => {
        await sum.program(...args);
        return 0 as Revision;
      },
    }),
  ],
  [
    "names an old revision",
    programs,
    (sum) => ({
      respond: async (...args) => {
        const measured = await sum.respond(...args);
        return { ...measured, revision: (measured.revision - 1) as Revision };
      },
    }),
  ],
  ["does not take its parameters over", programs, (sum) => ({ program: async () => sum.program(Float32Array.of(0.5, 0.5)) })],
  [
    "takes a parameter too many",
    refusesParameters,
    (sum) => ({ program: async (values, call) => sum.program(values.slice(0, 2), call) }),
  ],
  [
    "takes parameters that do not fit",
    refusesParameters,
    (sum) => ({
      program: async (values, call) =>
        sum.program(values.length === 2 ? values.map((value) => (value <= 1 ? value : 1)) : values, call),
    }),
  ],
  [
    "changes half of what it then refuses",
    refusesParameters,
    (sum) => ({
      program: async (values, call) => {
        if (values.length === 2 && Number.isNaN(values[1])) await sum.program(values.with(1, 0), call);
        return sum.program(values, call);
      },
    }),
  ],
  [
    "changes what it then refuses behind its revision",
    refusesParameters,
    (sum) => {
      let lost = 0;
      return {
        program: (values, call) =>
          sum.program(values, call).catch((error: unknown) => {
            lost = 1;
            throw error;
          }),
        respond: async (inputs, call) => {
          const { revision, stages: measured } = await sum.respond(inputs, call);
          const { data, shape } = measured["sum"] ?? createBatch(new Float32Array(0), [0, 1]);
          return { revision, stages: { sum: { data: data.map((value) => value + lost), shape } } };
        },
      };
    },
  ],
  ["gives one answer to everything", follows, withSums((sums) => sums.fill(0.25))],
  [
    "does not listen to a signal",
    aborts,
    (sum) => ({ respond: async (inputs, call) => sum.respond(inputs, call?.id === undefined ? {} : { id: call.id }) }),
  ],
  [
    "rolls new dice when a call is retried",
    repeats,
    (sum) => ({ respond: (inputs, call) => sum.respond(inputs, call?.signal === undefined ? {} : { signal: call.signal }) }),
  ],
  [
    "is another system each time",
    repeats,
    (() => {
      let made = 0;
      return () => createSum((made += 1));
    })(),
  ],
  ["forgets the state of its noise", restores, () => ({ restore: async () => undefined })],
  [
    "stops learning early",
    learns,
    (sum) => ({ learn: (inputs, labels, options) => sum.learn(inputs, labels, { ...options, steps: options.steps - 10 }) }),
  ],
  [
    "reports an error that is not a number",
    learns,
    (sum) => ({
      learn: async function* (...args) {
        for await (const progress of sum.learn(...args)) yield { ...progress, error: Number.NaN };
      },
    }),
  ],
  [
    "counts its steps from the last report",
    learns,
    (sum) => ({
      learn: async function* (...args) {
        for await (const progress of sum.learn(...args)) yield { ...progress, step: progress.step === 40 ? 40 : 10 };
      },
    }),
  ],
  [
    "takes any number of steps",
    refusesNumbers,
    (sum) => ({
      learn: (inputs, labels, options) => sum.learn(inputs, labels, { ...options, steps: Math.max(1, Math.ceil(options.steps)) }),
    }),
  ],
  [
    "learns nothing",
    learns,
    (sum) => ({
      learn: async function* (...args) {
        const { values } = await sum.parameters();
        for await (const progress of sum.learn(...args)) yield { ...progress, revision: await sum.program(values) };
      },
    }),
  ],
  [
    "learns behind its revision",
    learns,
    (sum) => ({
      learn: async function* (...args) {
        for await (const progress of sum.learn(...args)) yield { ...progress, revision: 0 as Revision };
      },
      parameters: async () => ({ ...(await sum.parameters()), revision: 0 as Revision }),
      respond: async (...args) => ({ ...(await sum.respond(...args)), revision: 0 as Revision }),
    }),
  ],
  [
    "reports a revision that is not the one it has",
    learns,
    (sum) => ({
      learn: async function* (...args) {
        for await (const progress of sum.learn(...args)) yield { ...progress, revision: (progress.revision + 1) as Revision };
      },
    }),
  ],
  [
    "learns out of its windows",
    learns,
    (sum) => ({ parameters: async () => ({ ...(await sum.parameters()), values: Float32Array.of(1.5, 0) }) }),
  ],
  [
    "takes labels for other inputs",
    refusesLabels,
    (sum) => ({
      learn: (inputs, labels, options) =>
        sum.learn(inputs, createBatch(labels.data.slice(0, rowsOf(inputs).count), [rowsOf(inputs).count, 1]), options),
    }),
  ],
  [
    "learns on after its signal",
    abortsLearning,
    (sum) => ({ learn: (inputs, labels, { steps, reportEvery = 500 }) => sum.learn(inputs, labels, { steps, reportEvery }) }),
  ],
  ["works on after its end", disposes, () => ({ [Symbol.asyncDispose]: async () => undefined })],
  [
    "cannot be ended twice",
    disposes,
    (sum) => {
      let ended = false;
      return {
        [Symbol.asyncDispose]: async () => {
          if (ended) throw new AbortedError("Sum");
          ended = true;
          await sum[Symbol.asyncDispose]();
        },
      };
    },
  ],
];

describe("physicalSystemContract()", () => {
  it("passes a system that keeps it", async () => {
    await expect(brokenPromises(() => ({}))).resolves.toEqual([]);
  });

  it.each(mutants)("catches a system that %s", async (_, promise, mutation) => {
    await expect(brokenPromises(mutation)).resolves.toContain(promise);
  });

  it("asks a system without parameters for revisions all the same", async () => {
    const fixed: Mutation = (sum) => ({
      ports: { ...ports, parameters: [] },
      program: async (values, call) => {
        checkParameters([], values);
        return sum.program(Float32Array.of(0.5, 0.5), call);
      },
    });
    const broken = await brokenPromises(fixed);
    expect(broken).not.toContain(programs);
    expect(broken).not.toContain(refusesParameters);
    const countless: Mutation = (sum, seed) => ({ ...fixed(sum, seed), program: async () => 0 as Revision });
    await expect(brokenPromises(countless)).resolves.toEqual(expect.arrayContaining([programs, refusesParameters]));
  });

  it("has a mutant for every promise", () => {
    const promises = physicalSystemContract("any", async (seed) => createSum(seed)).map(({ name }) => name);
    expect(new Set(mutants.map(([, promise]) => promise))).toEqual(new Set(promises));
  });

  it("says which system broke what, as a ContractError", async () => {
    const [first] = physicalSystemContract("the mutant", async (seed) => ({
      ...createSum(seed),
      stages: [{ name: "none", width: 1 }],
    }));
    const error = await first?.run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ContractError);
    expect(error).toMatchObject({
      code: "contract-broken",
      message: "the mutant: stage none is missing",
      details: { system: "the mutant" },
    });
  });
});
