import { batchOf, createBatch, type Batch } from "../batch.ts";
import { AbortedError, OhmworkError, PortRangeError } from "../errors.ts";
import type { Measured, PhysicalSystem, Port, Revision, SelfLearningSystem } from "../physical-system.ts";
import { widthOf } from "../ports.ts";
import { createRandom, type Random } from "../random.ts";

/** A physical system that does not keep its contract. */
export class ContractError extends OhmworkError<{ system: string }> {
  readonly code = "contract-broken";
}

/** One test of the contract. `run` makes its own systems and throws when a promise is broken. */
export type ContractTest = { readonly name: string; readonly run: () => Promise<void> };

/** Random values inside every window; stepped ports get one of their positions. */
export function randomPortValues(ports: readonly Port[], random: Random): number[] {
  return ports.flatMap(({ size, min, max, levels }) =>
    Array.from({ length: size }, () => {
      const fraction = levels === undefined ? random.uniform() : random.below(levels) / Math.max(1, levels - 1);
      return min + fraction * (max - min);
    }),
  );
}

function sameBits(a: Batch, b: Batch): boolean {
  return a.data.length === b.data.length && a.data.every((value, i) => Object.is(value, b.data[i]));
}

/**
 * The tests that define `PhysicalSystem` (and `SelfLearningSystem`, where `learn` is there), for any system that
 * `create` makes. Two systems from `create` with the same seed must be the same system.
 */
export function physicalSystemContract(what: string, create: (seed: number) => Promise<PhysicalSystem>): ContractTest[] {
  const fail = (message: string): never => {
    throw new ContractError(`${what}: ${message}`, { system: what });
  };
  const refuses = async (work: () => Promise<unknown>, kind: Function, promise: string): Promise<void> => {
    const refusal = await work().then(
      () => fail(`${promise}: accepted`),
      (error: unknown) => error,
    );
    if (!(refusal instanceof kind)) fail(`${promise}: threw ${String(refusal)}`);
    if (refusal instanceof Error && (refusal.message === "" || refusal.message.includes("\n")))
      fail(`${promise}: message is not one line`);
  };
  const someInputs = (system: PhysicalSystem, rows: number, seed = 1): Batch => {
    const random = createRandom(seed, "contract inputs");
    return batchOf(Array.from({ length: rows }, () => randomPortValues(system.ports.inputs, random)));
  };
  const someParameters = (system: PhysicalSystem, seed = 1): Float32Array =>
    Float32Array.from(randomPortValues(system.ports.parameters, createRandom(seed, "contract parameters")));
  const test = (name: string, body: (system: PhysicalSystem) => Promise<void>): ContractTest => ({
    name,
    run: async () => {
      await using system = await create(7);
      await body(system);
    },
  });

  return [
    test("respond() gives every stage, in its shape, finite, with a revision", async (system) => {
      for (const rows of [1, Math.min(3, system.traits.largestBatch)]) {
        const { stages } = await system.respond(someInputs(system, rows));
        for (const { name, width } of system.stages) {
          const measured = stages[name] ?? fail(`stage ${name} is missing`);
          if (measured.shape.join() !== [rows, width].join())
            fail(`stage ${name} has shape [${measured.shape.join(", ")}], not [${rows}, ${width}]`);
          if (!measured.data.every(Number.isFinite)) fail(`stage ${name} is not finite`);
        }
      }
      if (system.stages.at(-1)?.width !== widthOf(system.ports.outputs)) fail("the last stage is not as wide as the outputs");
    }),
    test("respond() takes no rows as well", async (system) => {
      const { stages } = await system.respond(createBatch(new Float32Array(0), [0, widthOf(system.ports.inputs)]));
      if (Object.values(stages).some((stage) => stage.data.length > 0)) fail("an empty batch gave values");
    }),
    test("respond() refuses a wrong width, a value outside its window, and NaN", async (system) => {
      const width = widthOf(system.ports.inputs);
      const good = someInputs(system, 1);
      const withFirst = (value: number): Batch => createBatch(good.data.with(0, value), good.shape);
      const { max, min } = system.ports.inputs[0] ?? fail("no input port");
      await refuses(
        () => system.respond(createBatch(new Float32Array(width + 1), [1, width + 1])),
        RangeError,
        "an input too many",
      );
      await refuses(() => system.respond(withFirst(max + (max - min))), PortRangeError, "an input above its window");
      await refuses(() => system.respond(withFirst(min - (max - min))), PortRangeError, "an input below its window");
      await refuses(() => system.respond(withFirst(Number.NaN)), PortRangeError, "an input that is not a number");
    }),
    test("program() sets parameters, gives a new revision, and respond() names it", async (system) => {
      const inputs = someInputs(system, 1);
      const first = await system.program(someParameters(system, 1));
      const before = outputOf(system, await system.respond(inputs, { id: "program" }));
      const second = await system.program(someParameters(system, 2));
      if (second === first) fail("two programs have one revision");
      const measured = await system.respond(inputs, { id: "program" });
      if (measured.revision !== second) fail(`respond() names revision ${measured.revision}, program() gave ${second}`);
      if (widthOf(system.ports.parameters) === 0) return;
      if (sameBits(before, outputOf(system, measured))) fail("different parameters gave the same outputs to the last bit");
    }),
    test("program() refuses what does not fit and then changes nothing", async (system) => {
      const good = someParameters(system);
      const revision = await system.program(good);
      const inputs = someInputs(system, 1);
      const before = outputOf(system, await system.respond(inputs, { id: "refused" }));
      await refuses(() => system.program(new Float32Array(good.length + 1)), RangeError, "a parameter too many");
      const port = system.ports.parameters[0];
      if (port !== undefined) {
        await refuses(
          () => system.program(good.with(good.length - 1, Number.NaN)),
          PortRangeError,
          "a parameter that is not a number",
        );
        const above = port.max + (port.max - port.min);
        await refuses(() => system.program(good.with(0, above)), PortRangeError, "a parameter above its window");
      }
      const after = await system.respond(inputs, { id: "refused" });
      if (after.revision !== revision) fail("a refused program changed the revision");
      if (system.traits.repeatable && !sameBits(before, outputOf(system, after))) fail("a refused program changed the outputs");
    }),
    test("respond() follows the inputs", async (system) => {
      await system.program(someParameters(system));
      const a = await system.respond(someInputs(system, 1, 1));
      const b = await system.respond(someInputs(system, 1, 2));
      if (sameBits(outputOf(system, a), outputOf(system, b))) fail("different inputs gave the same outputs to the last bit");
    }),
    test("respond() stops when its signal has fired", async (system) => {
      await refuses(
        () => system.respond(someInputs(system, 1), { signal: AbortSignal.abort() }),
        AbortedError,
        "an aborted call",
      );
    }),
    test("a repeatable system gives the same bits for the same seed and calls", async (system) => {
      if (!system.traits.repeatable) return;
      await using other = await create(7);
      const inputs = someInputs(system, 2);
      for (const one of [system, other]) await one.program(someParameters(one));
      const a = await system.respond(inputs, { id: "call" });
      const b = await other.respond(inputs, { id: "call" });
      for (const { name } of system.stages) {
        if (!sameBits(a.stages[name] as Batch, b.stages[name] as Batch))
          fail(`stage ${name} differs between two systems of one seed`);
      }
      const again = await system.respond(inputs, { id: "call" });
      for (const { name } of system.stages) {
        if (!sameBits(a.stages[name] as Batch, again.stages[name] as Batch))
          fail(`stage ${name} differs when the same call is retried`);
      }
    }),
    test("snapshot() and restore() continue to the same bits", async (system) => {
      if (system.snapshot === undefined || system.restore === undefined) return;
      await system.program(someParameters(system));
      const state = await system.snapshot();
      const inputs = someInputs(system, 2);
      const a = await system.respond(inputs);
      await system.restore(state);
      const b = await system.respond(inputs);
      for (const { name } of system.stages) {
        if (!sameBits(a.stages[name] as Batch, b.stages[name] as Batch)) fail(`stage ${name} differs after restore()`);
      }
    }),
    test("learn() reports, changes parameters inside their windows, and respond() names the revision", async (system) => {
      if (!isSelfLearning(system)) return;
      const steps = 40;
      const before = await system.parameters();
      let last = 0;
      let reported: Revision | undefined;
      for await (const progress of system.learn(someInputs(system, 4), someLabels(system, 4), { steps, reportEvery: 10 })) {
        if (progress.step <= last) fail(`progress went from step ${last} to ${progress.step}`);
        if (!Number.isFinite(progress.error)) fail("progress error is not finite");
        last = progress.step;
        reported = progress.revision;
      }
      if (last !== steps) fail(`learn() ended at step ${last} of ${steps}`);
      const { revision, values } = await system.parameters();
      if (reported !== revision) fail(`the last report names revision ${reported}, parameters() ${revision}`);
      const measured = await system.respond(someInputs(system, 1));
      if (measured.revision !== revision) fail(`respond() names revision ${measured.revision}, parameters() ${revision}`);
      const changed = values.some((value, i) => value !== before.values[i]);
      if (!changed) fail("learn() changed no parameter");
      if (revision === before.revision) fail("learn() changed parameters without a new revision");
      await system.program(values).catch((error: unknown) => fail(`learn() left its windows: ${String(error)}`));
    }),
    test("learn() refuses labels that do not belong to the inputs", async (system) => {
      if (!isSelfLearning(system)) return;
      const drain = async (): Promise<void> => {
        for await (const _ of system.learn(someInputs(system, 2), someLabels(system, 3), { steps: 1 }));
      };
      await refuses(drain, RangeError, "three labels for two inputs");
    }),
    test("learn() refuses numbers of steps and reports that are not whole and above 0", async (system) => {
      if (!isSelfLearning(system)) return;
      for (const options of [{ steps: 0 }, { steps: 1.5 }, { steps: 1, reportEvery: 0 }]) {
        const never = async (): Promise<void> => {
          for await (const _ of system.learn(someInputs(system, 1), someLabels(system, 1), options));
        };
        await refuses(never, RangeError, `learn() with ${JSON.stringify(options)}`);
      }
    }),
    test("learn() stops when its signal has fired", async (system) => {
      if (!isSelfLearning(system)) return;
      const drain = async (): Promise<void> => {
        for await (const _ of system.learn(someInputs(system, 1), someLabels(system, 1), {
          steps: 1,
          signal: AbortSignal.abort(),
        }));
      };
      await refuses(drain, AbortedError, "an aborted learn()");
    }),
    {
      name: "a disposed system refuses to work, and disposing twice is harmless",
      run: async () => {
        const system = await create(7);
        const inputs = someInputs(system, 1);
        await system[Symbol.asyncDispose]();
        await system[Symbol.asyncDispose]();
        await refuses(() => system.respond(inputs), AbortedError, "a disposed system");
      },
    },
  ];
}

function outputOf(system: PhysicalSystem, measured: Measured): Batch {
  return measured.stages[system.stages.at(-1)?.name as string] as Batch;
}

function isSelfLearning(system: PhysicalSystem): system is SelfLearningSystem {
  return "learn" in system;
}

function someLabels(system: PhysicalSystem, rows: number): Batch {
  const random = createRandom(3, "contract labels");
  return batchOf(Array.from({ length: rows }, () => randomPortValues(system.ports.outputs, random)));
}
