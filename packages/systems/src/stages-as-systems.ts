import {
  type Batch,
  checkParameters,
  type Measured,
  type PhysicalSystem,
  type Port,
  type Revision,
  throwIfAborted,
  widthOf,
} from "@ohmwork/core";

/** Calls whose later stages can be asked for; a training asks for them at once. */
const KEPT_CALLS = 1024;

/**
 * The stages of one system as systems of their own, in their order: the first takes the inputs, programs and asks the whole, each
 * other one takes what was measured before it and gives what was measured with that. Nothing is measured twice, and nothing but
 * what was measured can be passed on: `respond` of a later stage throws RangeError for other values, and for those from before the
 * last change of a parameter.
 *
 * @param whole whose parameters are those of the parts one after the other; disposed of with the first part
 * @param parts the parts as a network knows them, whose outputs are its stages
 * @throws RangeError when they are not what the whole is made of
 */
export function stagesAsSystems(
  whole: PhysicalSystem,
  parts: readonly Pick<PhysicalSystem, "ports" | "stages">[],
): PhysicalSystem[] {
  const shown = (names: readonly string[]): string => names.join(", ");
  const names = parts.map(({ stages }) => stages.at(-1)?.name ?? "");
  const measured = whole.stages.map(({ name }) => name);
  if (shown(names) !== shown(measured))
    throw new RangeError(`The system measures ${shown(measured)}: expected ${shown(names)}, one for each part`);
  const parameters = parts.map((part, k): readonly Port[] => {
    const before = parts.slice(0, k).reduce((count, { ports }) => count + ports.parameters.length, 0);
    return whole.ports.parameters.slice(before, before + part.ports.parameters.length);
  });
  const counted = parameters.reduce((sum, ports) => sum + widthOf(ports), 0);
  const [wanted, all] = [parts.reduce((sum, { ports }) => sum + widthOf(ports.parameters), 0), widthOf(whole.ports.parameters)];
  if (counted !== wanted || wanted !== all)
    throw new RangeError(`The system has ${all} parameters: expected ${wanted}, those of its parts`);

  const values = parameters.map((ports) => (widthOf(ports) === 0 ? new Float32Array(0) : undefined));
  let kept: Measured[] = [];
  let isProgrammed = false;
  let revision = 0;

  const ready = async (call: Parameters<PhysicalSystem["program"]>[1]): Promise<void> => {
    if (isProgrammed) return;
    const joined = new Float32Array(all);
    let at = 0;
    for (const [k, own] of values.entries()) {
      if (own === undefined)
        throw new RangeError(`Stage ${names[k]} has no parameters yet: expected all stages to be programmed`);
      joined.set(own, at);
      at += own.length;
    }
    await whole.program(joined, call);
    isProgrammed = true;
  };

  return parts.map((part, k): PhysicalSystem => {
    const stage = whole.stages[k] as PhysicalSystem["stages"][number];
    const isFirst = k === 0;
    return {
      ports: {
        inputs: isFirst ? whole.ports.inputs : part.ports.inputs,
        parameters: parameters[k] as readonly Port[],
        outputs: k === parts.length - 1 ? whole.ports.outputs : part.ports.outputs,
      },
      traits: whole.traits,
      stages: [stage],
      program: async (own, call) => {
        throwIfAborted(call?.signal, "Programming");
        checkParameters(parameters[k] as readonly Port[], own);
        values[k] = own.slice();
        isProgrammed = false;
        kept = [];
        revision += 1;
        return revision as Revision;
      },
      respond: async (inputs, call) => {
        throwIfAborted(call?.signal, "A measurement");
        if (isFirst) await ready(call);
        const found = isFirst ? await whole.respond(inputs, call) : measuredWith(inputs, k);
        if (isFirst) kept = [...kept.slice(1 - KEPT_CALLS), found];
        const { powerWatts } = found;
        const own = { [stage.name]: found.stages[stage.name] as Batch };
        return {
          revision: revision as Revision,
          stages: own,
          ...(isFirst && powerWatts !== undefined && { powerWatts }),
        };
      },
      ...(isFirst &&
        whole.snapshot !== undefined && { snapshot: () => (whole.snapshot as NonNullable<typeof whole.snapshot>)() }),
      ...(isFirst &&
        whole.restore !== undefined && {
          restore: (state: Uint8Array) => (whole.restore as NonNullable<typeof whole.restore>)(state),
        }),
      [Symbol.asyncDispose]: async () => {
        if (isFirst) await whole[Symbol.asyncDispose]();
      },
    };
  });

  function measuredWith(inputs: Batch, k: number): Measured {
    const before = names[k - 1] as string;
    const found = kept.findLast(({ stages }) => isSame(stages[before] as Batch, inputs));
    if (found !== undefined) return found;
    throw new RangeError(
      `Stage ${names[k]} is measured together with ${before}: expected what was measured there, other values given`,
    );
  }
}

function isSame(one: Batch, other: Batch): boolean {
  return one.data.length === other.data.length && one.data.every((value, i) => Object.is(value, other.data[i]));
}
