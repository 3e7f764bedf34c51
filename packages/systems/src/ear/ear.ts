import {
  addNormals,
  type Batch,
  checkParameters,
  createBatch,
  createRandom,
  type Measured,
  type RandomState,
  restoreRandom,
  rowsOf,
  widthOf,
} from "@ohmwork/core";
import { gapOf, type SimulatedSystem, withSize } from "../declared-gap.ts";
import { envelopesStage, filterBankWithin, gapOfOptions } from "./filter-bank.ts";
import { createMixer, type MixerOptions } from "./mixer.ts";

/**
 * A whole ear: sound in, as `createFilterBank` takes it, the scores of the classes out, and the envelopes measured on the way. Its
 * parameters are those of the filter bank and then those of the mixer. The mixer is given the envelopes as they stand in the circuit;
 * the noise of reading them is on the reading alone.
 *
 * @throws RangeError when a size of the gap is not one
 */
export function createEar(options: MixerOptions): SimulatedSystem {
  const { seed } = options;
  const { readingNoise } = gapOfOptions(options);
  const bank = filterBankWithin(options);
  const mixer = createMixer(options);
  const codes = widthOf(bank.ports.parameters);
  let noise = createRandom(seed, "reading of the envelopes");
  const read = ({ data, shape }: Batch, id: string | undefined): Batch => {
    const reading = data.slice();
    addNormals(reading, readingNoise, id === undefined ? noise : createRandom(seed, `reading of call ${id}`));
    return createBatch(reading, shape);
  };
  return {
    ports: {
      inputs: bank.ports.inputs,
      parameters: [...bank.ports.parameters, ...mixer.ports.parameters],
      outputs: mixer.ports.outputs,
    },
    traits: bank.traits,
    stages: [...bank.stages, ...mixer.stages],
    gap: withSize([...gapOf(bank), ...gapOf(mixer)]),
    program: async (parameters, call) => {
      const whole = [...bank.ports.parameters, ...mixer.ports.parameters];
      checkParameters(whole, parameters);
      await bank.program(parameters.slice(0, codes), call);
      return mixer.program(parameters.slice(codes), call);
    },
    respond: async (inputs, call): Promise<Measured> => {
      const heard = (await bank.respond(inputs, call)).stages[envelopesStage] as Batch;
      const mixed = await mixer.respond(heard, call);
      const envelopes = rowsOf(heard).count === 0 ? heard : read(heard, call?.id);
      return { revision: mixed.revision, stages: { [envelopesStage]: envelopes, ...mixed.stages } };
    },
    snapshot: async () => {
      const parts = await Promise.all([bank.snapshot?.(), mixer.snapshot?.()]);
      const saved: Saved = { parts: parts.map((part) => [...(part ?? [])]), noise: noise.snapshot() };
      return new TextEncoder().encode(JSON.stringify(saved));
    },
    restore: async (state) => {
      const { parts, noise: kept } = JSON.parse(new TextDecoder().decode(state)) as Saved;
      const [ofBank, ofMixer] = parts.map((part) => Uint8Array.from(part)) as [Uint8Array, Uint8Array];
      await bank.restore?.(ofBank);
      await mixer.restore?.(ofMixer);
      noise = restoreRandom(kept);
    },
    [Symbol.asyncDispose]: async () => {
      await bank[Symbol.asyncDispose]();
      await mixer[Symbol.asyncDispose]();
    },
  };
}

type Saved = { readonly parts: readonly number[][]; readonly noise: RandomState };
