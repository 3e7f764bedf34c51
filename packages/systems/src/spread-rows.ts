import {
  type Batch,
  type Call,
  checkInputs,
  createBatch,
  type Measured,
  type PhysicalSystem,
  type Ports,
  type Revision,
  rowsOf,
} from "@ohmwork/core";

/**
 * Like systems as one, which all stand at the same parameters and share the rows of each batch in equal parts, in their order. A
 * training of it follows the mean of their gradients, each at the values that were measured on its own device.
 *
 * @param systems one or more, disposed of with it
 * @throws RangeError when there is none, or their ports are not alike
 */
export function spreadRows(systems: readonly PhysicalSystem[]): PhysicalSystem {
  const [first] = systems;
  if (first === undefined) throw new RangeError("Rows are spread over one system or more: none given");
  for (const { ports } of systems)
    if (shapeOf(ports) !== shapeOf(first.ports))
      throw new RangeError("Rows are spread over systems with the same ports: others given");
  const largestBatch = systems.length * Math.min(...systems.map(({ traits }) => traits.largestBatch));
  const { ports, stages } = first;
  let revision = 0;
  return {
    ports,
    stages,
    traits: {
      repeatable: systems.every(({ traits }) => traits.repeatable),
      remote: systems.some(({ traits }) => traits.remote),
      largestBatch,
    },
    program: async (parameters, call) => {
      await Promise.all(systems.map((system) => system.program(parameters, call)));
      revision += 1;
      return revision as Revision;
    },
    respond: async (inputs: Batch, call?: Call): Promise<Measured> => {
      checkInputs(ports.inputs, inputs, largestBatch);
      const { count, width } = rowsOf(inputs);
      const edge = (k: number): number => Math.round((k * count) / systems.length);
      const parts = await Promise.all(
        systems.map((system, k) => {
          const [from, to] = [edge(k), edge(k + 1)];
          const part = createBatch(inputs.data.subarray(from * width, to * width), [to - from, width]);
          return system.respond(part, call?.id === undefined ? call : { ...call, id: `${call.id}/${k}` });
        }),
      );
      const joined = stages.map(({ name, width: wide }): [string, Batch] => {
        const data = new Float32Array(count * wide);
        for (const [k, part] of parts.entries()) data.set((part.stages[name] as Batch).data, edge(k) * wide);
        return [name, createBatch(data, [count, wide])];
      });
      return { revision: revision as Revision, stages: Object.fromEntries(joined) };
    },
    [Symbol.asyncDispose]: async () => {
      for (const system of systems) await system[Symbol.asyncDispose]();
    },
  };
}

function shapeOf({ inputs, parameters, outputs }: Ports): string {
  return JSON.stringify([inputs, parameters, outputs]);
}
